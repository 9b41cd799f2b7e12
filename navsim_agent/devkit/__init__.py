"""The official devkit's side of the door: its scripts run our planners through ``agent.IrlVlaAgent``.

``agent`` and ``builders`` derive from the devkit's classes, so they can only be imported where it is
installed; nothing else of the project imports them. The other modules take the devkit's objects by
their attributes.
"""

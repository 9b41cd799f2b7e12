"""PDM-Closed, the rule-based planner that EP compares with, and the centreline it follows.

Reproduces the planner inside the devkit's metric caching, started afresh for every scene. (The
devkit shares one planner among the scenes of a worker; what overlapped the ego once is then invisible
to it in later scenes, so that its numbers depend on the order of logs. Ours depend on the scene.)
"""

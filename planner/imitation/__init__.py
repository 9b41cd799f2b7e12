"""Stage one: learn to drive by imitation."""

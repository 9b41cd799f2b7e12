"""Metric caches of the NAVSIM devkit, read without the devkit into scenes that our scorer takes."""

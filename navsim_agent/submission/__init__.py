"""Submissions to NAVSIM's leaderboards: plans of a split as the file that the server reads, and its checks.

Nothing here needs the devkit, and nothing of a file that is checked is run.
"""

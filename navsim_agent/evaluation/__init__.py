"""Scores of agents on a split, their intervals, and the report."""

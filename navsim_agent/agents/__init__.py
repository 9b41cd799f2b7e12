"""Agents to evaluate: the policy and the baselines it is measured against."""

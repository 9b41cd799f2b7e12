"""Hydra configuration for the devkit's scripts: hydra.searchpath=[..., pkg://navsim_agent.devkit.config]."""

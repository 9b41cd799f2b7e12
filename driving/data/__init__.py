"""Driving data on disk: logs and maps in NAVSIM's own format, and a cache of tensors."""

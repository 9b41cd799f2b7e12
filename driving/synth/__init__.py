"""The embedded world: towns, traffic and a lawful driver, written in the official NAVSIM layout."""

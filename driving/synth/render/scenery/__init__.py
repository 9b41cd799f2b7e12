"""What stands: ground, houses, trees, lamps and signals of a town, made once."""

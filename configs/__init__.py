"""YAML configurations of the command line, one a verb, and groups of them."""

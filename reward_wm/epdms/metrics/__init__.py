"""The nine sub-scores, one file each. They do not know each other."""

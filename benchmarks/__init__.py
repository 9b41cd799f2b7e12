"""Measurements that stand in docs/benchmarks.md; each file prints the table it is the source of."""

"""Measurements of the running product: `make bench` prints them and writes docs/benchmarks.md."""

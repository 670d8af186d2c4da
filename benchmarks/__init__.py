"""Benchmarks: each figure beside that of a peer, measured in the same run. `python -m benchmarks`."""

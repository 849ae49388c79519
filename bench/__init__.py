"""Benchmarks: how fast the desk is on this machine, each figure one JSON line. Not installed."""

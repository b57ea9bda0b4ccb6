"""Faults on demand: what the bank does wrong when it is told to."""

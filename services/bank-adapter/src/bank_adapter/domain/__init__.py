"""Nouns and rules of a transfer. Pure: no I/O, no clock, no randomness."""

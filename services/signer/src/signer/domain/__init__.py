"""Nouns and rules of signing: calls, keys, states, grants. Pure: no I/O, no clock."""

"""Nouns and rules of identity; pure, no I/O."""

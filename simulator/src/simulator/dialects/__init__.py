"""The dialects a partner may speak; each is a tuple of routes."""

"""Gerbang's memory: every request and response, in a chain that shows an edit."""

"""The verbs of the service: one use case a file, and the ports they need."""

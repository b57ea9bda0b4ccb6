"""Events, the chain over them and what they say about a transfer. Pure; no I/O."""

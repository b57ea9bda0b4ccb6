"""What the audit does: store events, find them, sum them up, verify the chain."""

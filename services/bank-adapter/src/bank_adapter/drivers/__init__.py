"""One folder a bank, the same file names in each. Pure."""

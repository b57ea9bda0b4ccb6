"""What the signer can be asked to do, one file a verb, and the ports it needs."""

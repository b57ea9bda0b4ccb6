"""The signer: the only process of the house that can read a key.

It takes payments and calls by meaning, builds the string to sign itself, and
answers signatures. It never signs bytes a caller made and never gives out a
private key or a secret.
"""

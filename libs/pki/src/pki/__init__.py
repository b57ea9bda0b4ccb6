"""A small certificate authority for the house: identities by SPIFFE URI and DNS name.

Used by whatever sets up an installation, never by a service while it runs.
"""

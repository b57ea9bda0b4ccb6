"""gerbang-ops: what people do with Gerbang, over gRPC with a certificate of their own.

Decides nothing and keeps nothing: every rule stands in the services. Imports
their contracts, never their code.
"""

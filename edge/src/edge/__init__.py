"""The edge: makes, checks and starts Gerbang's Envoy configuration.

The configuration is built as plain dictionaries, one idea a file, and written
as one JSON file that Envoy reads at its start. Nothing here runs while
requests pass; what decides about a request is Envoy alone.
"""

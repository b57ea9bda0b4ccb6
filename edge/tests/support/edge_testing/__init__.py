"""What the edge's tests stand on: fake services, tokens, a real Envoy."""

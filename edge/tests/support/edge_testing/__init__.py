"""What the edge's tests stand on: a throw-away PKI, fake services, a real Envoy."""

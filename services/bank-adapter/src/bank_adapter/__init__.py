"""The bank-adapter: the only service that moves money."""

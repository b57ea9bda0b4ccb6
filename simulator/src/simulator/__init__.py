"""A strict SNAP BI bank for tests: its own ledger, its own signature check, faults on demand."""

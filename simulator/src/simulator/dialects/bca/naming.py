"""What BCA's SNAP services are called and found by."""

from simulator.config import DialectName

DIALECT = DialectName.BCA

"""What Paydia's services are called and found by: everything stands under one path."""

from simulator.config import DialectName

DIALECT = DialectName.PAYDIA
BASE = "/snap/v1.0"

"""What Paydia asks of every call: the SNAP headers under /snap/v1.0, a channel of each partner."""

from simulator.config import DialectName
from simulator.gate import Grammar

GRAMMAR = Grammar(dialect=DialectName.PAYDIA)
BASE = "/snap/v1.0"

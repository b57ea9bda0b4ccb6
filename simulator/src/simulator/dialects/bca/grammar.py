"""What BCA asks of every call: a timestamp of exactly 25 characters, its own channel."""

from simulator.config import DialectName
from simulator.gate import Grammar

GRAMMAR = Grammar(dialect=DialectName.BCA)

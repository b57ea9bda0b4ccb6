"""Gerbang for an ERP or a script in Python; docs/erp-guide/python.md shows its use.

It gets tokens, sends a payment again when the answer is lost, and follows the
feed. It decides nothing about money: a state that is not final stays one.
"""

from gerbang_client.client import Client
from gerbang_client.errors import GerbangError, NoAnswerError, RefusedError
from gerbang_client.order import Order
from gerbang_client.transfer import Page, State, Transfer

__all__ = [
    "Client",
    "GerbangError",
    "NoAnswerError",
    "Order",
    "Page",
    "RefusedError",
    "State",
    "Transfer",
]

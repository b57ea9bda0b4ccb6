"""Which calls a staged key may sign: those that move no money, whatever the bank does.

A token request, a GET, or a balance inquiry (SNAP service 11), which the
standard's path names.
"""

from signer.domain.call import BasicClientCredentials, Signable, SNAPToken
from signer.domain.refusal import Reason, Refusal

_BALANCE_INQUIRY = "balance-inquiry"


def check_harmless(call: Signable) -> None:
    """Raises Refusal KEY_NOT_ALLOWED for a call that a probe may not make."""
    if isinstance(call, SNAPToken | BasicClientCredentials) or call.method == "GET":
        return
    path, _, query = call.path.partition("?")
    if call.method != "POST" or query or path.rsplit("/", 1)[-1] != _BALANCE_INQUIRY:
        raise Refusal(
            Reason.KEY_NOT_ALLOWED,
            "a staged key signs token requests, GETs and balance inquiries only",
        )

"""SNAP's request headers, in the standard's own spelling and order.

Header names are sent as written here. Values come from a checked Party, a
checked external id and a checked token, so no header can be split.
"""

from __future__ import annotations

from bank_adapter.snap.party import Party

_JSON = ("Content-Type", "application/json")


def token_headers(party: Party, *, timestamp: str, signature: str) -> tuple[tuple[str, str], ...]:
    """The four headers of the token call (fact sheet section 2)."""
    return (
        _JSON,
        ("X-TIMESTAMP", timestamp),
        ("X-CLIENT-KEY", party.client_id),
        ("X-SIGNATURE", signature),
        *party.extra_headers,
    )


def transaction_headers(
    party: Party,
    *,
    timestamp: str,
    signature: str,
    external_id: str,
    access_token: str,
) -> tuple[tuple[str, str], ...]:
    """The headers of every other call (section 3).

    An empty token leaves Authorization out: asymmetric banks issue none.
    """
    authorization = (("Authorization", f"Bearer {access_token}"),) if access_token else ()
    return (
        _JSON,
        *authorization,
        ("X-TIMESTAMP", timestamp),
        ("X-SIGNATURE", signature),
        ("X-PARTNER-ID", party.partner_id),
        ("X-EXTERNAL-ID", external_id),
        ("CHANNEL-ID", party.channel_id),
        *party.extra_headers,
    )

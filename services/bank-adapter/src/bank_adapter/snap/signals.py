"""What each response code means for the money, as data, per service code.

Source: transfer-rules section 4, fact sheet section 5. A table lists what is
known; whatever is not in it is UNKNOWN. A bank adds to it by an overlay.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.snap.reply import SNAPReply

# (HTTP status, case code) -> verdict.
Signals: TypeAlias = Mapping[tuple[int, str], Verdict]
Tables: TypeAlias = Mapping[str, Signals]

# Every 403 names a rule of the business, except 16 (Suspend Transaction),
# whose name does not say whether the money waits or stays.
_SUSPENDED = 16
_BUSINESS_403 = tuple(f"{case:02d}" for case in range(24) if case != _SUSPENDED)


def _rows(verdict: Verdict, http: int, *cases: str) -> dict[tuple[int, str], Verdict]:
    return {(http, case): verdict for case in cases}


_REFUSED_BEFORE_PROCESSING = {
    **_rows(Verdict.REFUSED, 401, "00"),
    **_rows(Verdict.REFUSED_TOKEN, 401, "01", "03"),
}

_MONEY = {
    **_REFUSED_BEFORE_PROCESSING,
    **_rows(Verdict.ACCEPTED, 202, "00"),
    **_rows(Verdict.REJECTED, 400, "00", "01", "02"),
    **_rows(Verdict.REJECTED, 403, *_BUSINESS_403),
    **_rows(Verdict.REJECTED, 404, "03", "11", "13"),
    **_rows(Verdict.REJECTED, 405, "00", "01"),
    **_rows(Verdict.DUPLICATE, 404, "18"),
    **_rows(Verdict.DUPLICATE, 409, "01"),
}

_FINAL = {**_MONEY, **_rows(Verdict.SETTLED, 200, "00")}
_LATER = {**_MONEY, **_rows(Verdict.ACCEPTED, 200, "00")}

# A bill or virtual account that does not exist or has expired (12, 19) is an
# explicit refusal; 14 (paid bill) may be our own earlier payment and is not.
_VIRTUAL_ACCOUNT = {**_LATER, **_rows(Verdict.REJECTED, 404, "12", "19")}

# Questions about accounts. ACCEPTED means answered.
_READ = {
    **_REFUSED_BEFORE_PROCESSING,
    **_rows(Verdict.ACCEPTED, 200, "00"),
    **_rows(Verdict.REJECTED, 400, "00", "01", "02"),
    **_rows(Verdict.REJECTED, 403, *_BUSINESS_403),
    **_rows(Verdict.REJECTED, 404, "02", "03", "11", "12", "13", "14", "19"),
    **_rows(Verdict.REJECTED, 405, "00", "01"),
}

# A status inquiry settles nothing by its response code: 200 only says that
# `latestTransactionStatus` is there to be read. A refusal of the question says
# nothing about the transfer.
_STATUS = {
    **_REFUSED_BEFORE_PROCESSING,
    **_rows(Verdict.PENDING, 200, "00"),
    **_rows(Verdict.PENDING, 202, "00"),
    **_rows(Verdict.NOT_FOUND, 404, "01"),
}

# The token call. Whatever 400 and 401 say there (signature, client, address,
# clock), the bank refuses us and no transfer is at fault.
_TOKEN = {
    **_rows(Verdict.ACCEPTED, 200, "00"),
    **_rows(Verdict.REFUSED, 400, "00", "01", "02"),
    **_rows(Verdict.REFUSED, 401, "00", "01", "02", "03", "04"),
    **_rows(Verdict.REFUSED, 403, "01"),
}

STANDARD: Tables = MappingProxyType(
    {
        "11": _READ,
        "14": _READ,
        "15": _READ,
        "16": _READ,
        "32": _READ,
        "42": _READ,
        "17": _FINAL,
        "18": _FINAL,
        "22": _LATER,
        "23": _LATER,
        "33": _VIRTUAL_ACCOUNT,
        "43": _LATER,
        "36": _STATUS,
        "73": _TOKEN,
    }
)

# latestTransactionStatus (fact sheet 5.3). A value nobody knows is PENDING.
TRANSACTION_STATUS: Mapping[str, Verdict] = MappingProxyType(
    {
        "00": Verdict.SETTLED,
        "01": Verdict.PENDING,
        "02": Verdict.PENDING,
        "03": Verdict.PENDING,
        "04": Verdict.RETURNED,
        "05": Verdict.REJECTED,
        "06": Verdict.REJECTED,
        "07": Verdict.NOT_FOUND,
    }
)


def overlaid(changes: Tables, *, base: Tables = STANDARD) -> Tables:
    """The base with a bank's own rows laid over it, service by service."""
    merged = {service: dict(rows) for service, rows in base.items()}
    for service, rows in changes.items():
        merged.setdefault(service, {}).update(rows)
    return MappingProxyType(merged)


def classify(reply: SNAPReply, *, service_code: str, tables: Tables) -> Reading:
    """The verdict on a reply to one service.

    UNKNOWN, with the reason, for a reply that cannot be read, that speaks of
    another service, or whose HTTP status says something else than its code.
    """
    code = reply.code
    if code is None:
        return Reading(
            verdict=Verdict.UNKNOWN,
            http_status=reply.http_status,
            response_message=reply.message,
            reason=reply.fault,
        )
    if code.service != service_code:
        verdict, reason = Verdict.UNKNOWN, "FOREIGN_SERVICE_CODE"
    elif code.http != reply.http_status:
        verdict, reason = Verdict.UNKNOWN, "HTTP_STATUS_CONTRADICTS"
    else:
        known = tables.get(service_code, {}).get((code.http, code.case))
        verdict = known or Verdict.UNKNOWN
        reason = "" if known else "NOT_IN_TABLE"
    return Reading(
        verdict=verdict,
        http_status=reply.http_status,
        response_code=str(code),
        response_message=reply.message,
        reason=reason,
    )

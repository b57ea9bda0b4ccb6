"""The profile's rows over the standard's signal table.

A configuration file cannot settle on anything but a success, nor reject on a
fault, a conflict or a throttling, nor have sent again what may have arrived.
"""

from __future__ import annotations

import re

from bank_adapter.domain.verdict import Verdict
from bank_adapter.drivers.snap_generic.profile import GenericProfile
from bank_adapter.snap import status
from bank_adapter.snap.signals import STANDARD, Tables, overlaid

_ROW = re.compile(r"([0-9]{3})/([0-9]{2})", re.ASCII)
_SUCCESS, _FAULTS = 200, 500
# A success, or the earlier message may have been executed.
_NEVER_FAILED = frozenset({*range(200, 300), 408, 409, 425, 429})
# Refused before processing is sent again: no other answer may be called so.
_REFUSALS = frozenset({401, 403})
# No answer says that nothing was sent; RETURNED is the status inquiry's word.
_NOT_OF_A_CODE = frozenset({Verdict.NOT_SENT, Verdict.RETURNED})


def tables(profile: GenericProfile) -> Tables:
    """Raises ValueError naming the row."""
    own = {
        service: {
            _signal(service, row): _allowed(service, row, verdict) for row, verdict in rows.items()
        }
        for service, rows in profile.signals.items()
    }
    asked = {profile.status_service_code: STANDARD[status.SERVICE_CODE]}
    return overlaid(own, base=overlaid(asked))


def _signal(service: str, row: str) -> tuple[int, str]:
    found = _ROW.fullmatch(row)
    if found is None:
        raise ValueError(f"signals.{service}.{row}: is not HTTP status / case code")
    return int(found[1]), found[2]


def _allowed(service: str, row: str, verdict: Verdict) -> Verdict:
    at, http = f"signals.{service}.{row}", int(row[:3])
    if verdict in _NOT_OF_A_CODE:
        raise ValueError(f"{at}: no answer can say {verdict}")
    if http >= _FAULTS and verdict is not Verdict.UNKNOWN:
        raise ValueError(f"{at}: is a fault of the server and stays UNKNOWN")
    if http in _NEVER_FAILED and verdict is Verdict.REJECTED:
        raise ValueError(f"{at}: does not say that the payment failed")
    if verdict is Verdict.SETTLED and http != _SUCCESS:
        raise ValueError(f"{at}: is no success and cannot settle")
    if verdict in {Verdict.REFUSED, Verdict.REFUSED_TOKEN} and http not in _REFUSALS:
        raise ValueError(f"{at}: does not say that nothing was processed")
    return verdict

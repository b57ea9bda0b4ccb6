"""Asks a bank's token endpoint with a staged key's signature (SNAP 73). Moves no money.

The token that comes back is thrown away unread.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import httpx

from gerbang_ops.config import ProbeSettings
from gerbang_ops.outcomes import ExitCode, OpsError
from gerbang_ops.output import plain

_TIMEOUT_S = 30.0
_SNAP_CODE = re.compile(r"[0-9]{7}", re.ASCII)
_ACCEPTED = "2007300"
_TEXT_CHARACTERS = 150
_OK = 200
_JAKARTA = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True, kw_only=True)
class BankWord:
    """`response_code` is SNAP's, or "HTTP" and the status where the bank gave none."""

    accepted: bool
    response_code: str
    text: str


def snap_timestamp(at: datetime) -> str:
    """ISO 8601 to the second with the Jakarta offset."""
    return at.astimezone(_JAKARTA).isoformat(timespec="seconds")


async def ask_bank(endpoint: ProbeSettings, *, signature: str, timestamp: str) -> BankWord:
    """One request, no redirect, no proxy, no retry. Raises OpsError when no word came."""
    context = ssl.create_default_context(
        cafile=str(endpoint.ca_file) if endpoint.ca_file is not None else None
    )
    headers = {
        "X-TIMESTAMP": timestamp,
        "X-CLIENT-KEY": endpoint.client_key,
        "X-SIGNATURE": signature,
    }
    try:
        async with httpx.AsyncClient(
            verify=context, trust_env=False, follow_redirects=False, timeout=_TIMEOUT_S
        ) as client:
            answer = await client.post(
                endpoint.token_url, json={"grantType": "client_credentials"}, headers=headers
            )
    except httpx.HTTPError as error:
        raise OpsError(
            f"the bank's token endpoint gave no answer ({type(error).__name__}); nothing was "
            "recorded, probe again",
            ExitCode.UNREACHABLE,
        ) from None
    return read_word(answer.status_code, answer.content)


def read_word(status: int, content: bytes) -> BankWord:
    """Accepted only by HTTP 200 and SNAP's own word for success."""
    try:
        fields = httpx.Response(status, content=content).json()
    except ValueError:
        fields = {}
    if not isinstance(fields, dict):
        fields = {}
    code = str(fields.get("responseCode", ""))
    text = plain(str(fields.get("responseMessage", "")))[:_TEXT_CHARACTERS]
    if not _SNAP_CODE.fullmatch(code):
        code, text = f"HTTP{status}", "no SNAP answer"
    return BankWord(
        accepted=status == _OK and code == _ACCEPTED,
        response_code=code,
        text=f"{code} {text}".strip(),
    )

"""The demo: one transfer through the edge, and how to repeat it with curl."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Callable
from pathlib import Path

import httpx

from localstack.erp import ERP

SETTLED = "SETTLED"


class DemoFailedError(Exception):
    """The transfer was not settled, or not even accepted. The text shows the answer."""


def make_transfer(erp: ERP, *, say: Callable[[str], None]) -> None:
    """One transfer; prints the answer. Raises DemoFailedError unless it settled."""
    reference = f"DEMO-{secrets.token_hex(4).upper()}"
    say(f"demo: transfer {reference} through {erp.http.base_url}")
    try:
        answer = erp.post("/v1/transfers", erp.order(reference))
    except httpx.HTTPError as error:
        raise DemoFailedError(f"demo: no answer from the edge: {error}") from error
    try:
        body = answer.json()
    except ValueError:
        raise DemoFailedError(f"demo: HTTP {answer.status_code}: {answer.text}") from None
    say(json.dumps(body, indent=2, ensure_ascii=False))
    if answer.status_code != httpx.codes.OK or body.get("state") != SETTLED:
        raise DemoFailedError(
            f"demo: HTTP {answer.status_code}, state {body.get('state')}, not {SETTLED}"
        )


def curl_commands(erp: ERP, *, dev_env: Path) -> str:
    """The same transfer by hand, with a reference of its own each time.

    The secret stays in dev.env, so that it is not in a terminal's history.
    """
    order = json.dumps(erp.order("@REFERENCE@"), ensure_ascii=False)
    order = order.replace("@REFERENCE@", "'\"$REFERENCE\"'")
    pick = 'import json,sys; print(json.load(sys.stdin)["access_token"])'
    return f"""To repeat it:

. {shlex.quote(str(dev_env))}
TOKEN=$(curl -sS --cacert "$GERBANG_CA" -H "Origin: $GERBANG_ORIGIN" \\
  -u "$GERBANG_CLIENT_ID:$GERBANG_CLIENT_SECRET" -d grant_type=client_credentials \\
  "$GERBANG_URL/oauth2/token" | python3 -c '{pick}')
REFERENCE=CURL-$(date +%s)
curl -sS --cacert "$GERBANG_CA" -H "Origin: $GERBANG_ORIGIN" \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{order}' \\
  "$GERBANG_URL/v1/transfers"
curl -sS --cacert "$GERBANG_CA" -H "Origin: $GERBANG_ORIGIN" \\
  -H "Authorization: Bearer $TOKEN" "$GERBANG_URL/v1/transfers?partnerReferenceNo=$REFERENCE"
"""

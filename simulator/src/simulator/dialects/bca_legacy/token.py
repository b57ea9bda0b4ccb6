"""The OAuth token before SNAP: Basic credentials and a form, no signature."""

import base64
import binascii
from urllib.parse import parse_qs

from simulator.bank import Bank
from simulator.config import DialectName
from simulator.dialects.bca_legacy.errors import refuse, refused
from simulator.exchange import Call, Reply, Route

_LIFETIME_S = 3600
_BASIC = "Basic "


def _admit(bank: Bank, call: Call, _route: Route) -> None:
    authorization = call.headers.get("Authorization", "")
    if not authorization.startswith(_BASIC):
        raise refused("ESB-14-008")
    try:
        pair = base64.b64decode(authorization[len(_BASIC) :], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise refused("ESB-14-008") from None
    client_id, _, secret = pair.partition(":")
    partner = bank.partners.get(client_id)
    if (
        partner is None
        or partner.setting.dialect is not DialectName.BCA_LEGACY
        or partner.secret != secret.encode()
    ):
        raise refused("ESB-14-008")
    form = parse_qs(call.body.decode(errors="replace"))
    if form.get("grant_type") != ["client_credentials"]:
        raise refused("ESB-14-002", "grant_type")
    call.partner = partner


def _perform(bank: Bank, call: Call) -> Reply:
    token = bank.tokens.issue(
        call.partner.client_id,
        now_us=call.received_us,
        lifetime_s=_LIFETIME_S,
        revoke_older=bank.rules.new_token_revokes_old,
    )
    return Reply(
        200,
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": _LIFETIME_S,
            "scope": "resource.WRITE resource.READ",
        },
    )


ROUTE = Route(
    service="73",
    dialect=DialectName.BCA_LEGACY,
    path="/api/oauth/token",
    method="POST",
    admit=_admit,
    perform=_perform,
    refuse=refuse,
)

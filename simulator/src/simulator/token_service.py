"""Service 73 for the SNAP dialects: an RSA signature over client and time buys a token."""

from collections.abc import Callable
from typing import Any

import orjson

from simulator import codes, signature
from simulator.bank import Bank
from simulator.config import DialectName
from simulator.exchange import Call, Refused, Reply, Route
from simulator.gate import check_freshness, check_timestamp

SERVICE = "73"


def route(
    *,
    dialect: DialectName,
    path: str,
    token_type: str,
) -> Route:
    """The token route of a dialect."""
    return Route(
        service=SERVICE,
        dialect=dialect,
        path=path,
        method="POST",
        admit=_admission(dialect),
        perform=_performance(token_type),
        refuse=_refuse,
    )


def _admission(dialect: DialectName) -> Callable[[Bank, Call, Route], None]:
    def admit(bank: Bank, call: Call, _route: Route) -> None:
        if not call.headers.get("Content-Type", "").lower().startswith("application/json"):
            raise Refused(400, "01", "Invalid field format [Content-Type]")
        timestamp = check_timestamp(bank, call)
        client_key = call.headers.get("X-CLIENT-KEY", "")
        if not client_key:
            raise Refused(400, "02", "Invalid mandatory field [X-CLIENT-KEY]")
        received = call.headers.get("X-SIGNATURE", "")
        if not received:
            raise Refused(400, "02", "Invalid mandatory field [X-SIGNATURE]")
        partner = bank.partners.get(client_key)
        if partner is None or partner.setting.dialect is not dialect or not partner.public_keys:
            raise Refused(401, "00", "Unauthorized. [Unknown client]")
        text = signature.token_text(client_key, timestamp)
        if not any(
            signature.asymmetric_matches(key, text, received) for key in partner.public_keys
        ):
            raise Refused(401, "00")
        check_freshness(bank, call, timestamp)
        call.document = _grant_request(call.body)
        call.partner = partner

    return admit


def _performance(token_type: str) -> Callable[[Bank, Call], Reply]:
    def perform(bank: Bank, call: Call) -> Reply:
        lifetime_s = bank.rules.token_lifetime_s
        token = bank.tokens.issue(
            call.partner.client_id,
            now_us=call.received_us,
            lifetime_s=lifetime_s,
            revoke_older=bank.rules.new_token_revokes_old,
        )
        return Reply(
            200,
            {
                "responseCode": codes.response_code(200, SERVICE, "00"),
                "responseMessage": "Successful",
                "accessToken": token,
                "tokenType": token_type,
                "expiresIn": str(lifetime_s),
            },
        )

    return perform


def _refuse(_bank: Bank, _call: Call, _route: Route, refused: Refused) -> Reply:
    return Reply(
        refused.status,
        {
            "responseCode": codes.response_code(refused.status, SERVICE, refused.case),
            "responseMessage": refused.message,
        },
    )


def _grant_request(body: bytes) -> dict[str, Any]:
    wrong = Refused(400, "00", "Invalid field format [clientId/clientSecret/grantType]")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise wrong from None
    if type(document) is not dict or document.get("grantType") != "client_credentials":
        raise wrong
    return document

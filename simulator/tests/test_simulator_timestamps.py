"""Forms of X-TIMESTAMP: one for the strict bank, any of ISO 8601 for the lenient one."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "timestamp", ["2026-11-21T10:30:00.123+07:00", "2026-11-21T03:30:00Z", "2026-11-21T03:30:00.5Z"]
)
async def test_other_forms_of_the_timestamp_pass_only_a_lenient_bank(
    partner: Any, admin: Any, timestamp: str
) -> None:
    codes = []
    for lenient in (False, True):
        await admin.post("/admin/rules", {"lenientTimestamps": lenient})
        token = (await partner.ask_token()).body["accessToken"]
        heard = await partner.call(
            "/openapi/v1.0/balance-inquiry",
            {"partnerReferenceNo": "1", "accountNo": "1234567890"},
            token=token,
            headers={"X-TIMESTAMP": timestamp},
        )
        codes.append(heard.code)
    assert codes == ["4001101", "2001100"]

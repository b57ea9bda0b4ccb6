"""The administrative side of the bank simulator, as tests use it.

The simulator's ledger is the referee of every test: what it says happened to
the money, happened.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Self

import httpx

# A long run leaves many requests to tell of.
TIMEOUT_S = 120.0
EVERYTHING = "1000000"


class BankAdmin:
    """Reads the ledger, arms faults, changes the bank's habits."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def debits(self, bank_partner_reference_no: str) -> list[str]:
        """Amounts debited under this reference, in the order of booking."""
        entries = self._get("/admin/ledger", partnerReferenceNo=bank_partner_reference_no)
        return [entry["amount"]["value"] for entry in entries["entries"]]

    def debit_count(self) -> int:
        """Bookings since the bank was started."""
        return int(self._get("/admin/stats")["entries"])

    def references(self, client_id: str = "") -> dict[str, Any]:
        """For each partnerReferenceNo: debits ever made, debits that stand, statuses.

        Of one partner of the bank, or of all.
        """
        narrowed = {"clientId": client_id} if client_id else {}
        return dict(self._get("/admin/references", **narrowed)["references"])

    def stats(self) -> dict[str, Any]:
        """Counts since the start: requests, faults by kind, entries; whether the books balance."""
        return dict(self._get("/admin/stats"))

    def books_balance(self) -> bool:
        return bool(self.stats()["booksBalance"])

    def requests(self, service: str) -> list[dict[str, Any]]:
        """What the bank received for a service code and remembers, oldest first."""
        return list(self._get("/admin/requests", service=service, limit=EVERYTHING)["requests"])

    def fault(self, kind: str, *, count: int | None = 1, **particulars: Any) -> None:
        """Arms a fault; by default for the next matching request only.

        Particulars are those of the simulator, in snake_case: `service="17"`,
        `delay_ms=1000`, `http_status=403`.
        """
        body = {camel(name): value for name, value in particulars.items()}
        if count is not None:
            body["count"] = count
        self._post("/admin/faults", {"kind": kind, **body})

    def clear_faults(self) -> None:
        self._http.delete("/admin/faults").raise_for_status()

    def register_keys(
        self, client_id: str, *, public_key_pem: str | None = None, secret: str | None = None
    ) -> None:
        """The partner's next key or secret is good from now on, beside the one it has."""
        given = {"clientId": client_id, "publicKeyPem": public_key_pem, "secret": secret}
        body = {name: value for name, value in given.items() if value is not None}
        self._post("/admin/partner-keys", body)

    def rules(self, **changes: Any) -> None:
        """Changes habits of the bank: `reply_delay_ms=50`."""
        self._post("/admin/rules", {camel(name): value for name, value in changes.items()})

    def door(self, *, is_open: bool) -> None:
        """Cuts every connection; afterwards the bank admits new ones, or nobody."""
        self._post("/admin/door", {"open": is_open})

    def end_of_day(self, *, on: bool) -> None:
        """The bank's night: payments are held; its end settles them."""
        self._post("/admin/end-of-day", {"on": on})

    def notify_again(self) -> int:
        """Repeats the notifications nobody thanked for; how many there were to repeat."""
        return int(self._post("/admin/notify", {})["repeated"])

    def revoke_tokens(self) -> None:
        self._http.delete("/admin/tokens").raise_for_status()

    def reject_late(self, client_id: str, bank_partner_reference_no: str) -> dict[str, Any]:
        """Takes a booked RTGS or SKN payment back; returns what the gateway was told and said."""
        body = {"clientId": client_id, "partnerReferenceNo": bank_partner_reference_no}
        return dict(self._post("/admin/reject", body)["notification"])

    def _get(self, path: str, **parameters: str) -> Any:
        return self._http.get(path, params=parameters).raise_for_status().json()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._http.post(path, json=body)
        if answer.is_error:
            raise ValueError(f"the simulator refuses {path}: {answer.text}")
        return answer.json()


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)

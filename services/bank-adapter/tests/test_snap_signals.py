"""The signal table, row by row, against a table written by hand.

Rows are taken from transfer-rules section 4 and fact sheet section 5, not from
the code: `17 404/11 REJECTED` reads service, HTTP status / case, verdict.
"""

from __future__ import annotations

import json

import pytest
from bank_adapter.domain.conversation import Answer
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_snap.signals import TABLES as BCA
from bank_adapter.snap.reply import read_reply
from bank_adapter.snap.signals import STANDARD, TRANSACTION_STATUS, Tables, classify, overlaid

MOVES_MONEY = ("17", "18", "22", "23", "33", "43")

EVERY_TRANSFER = """
202/00 ACCEPTED
400/00 REJECTED
400/01 REJECTED
400/02 REJECTED
401/00 REFUSED
401/01 REFUSED_TOKEN
401/03 REFUSED_TOKEN
403/00 REJECTED
403/01 REJECTED
403/02 REJECTED
403/03 REJECTED
403/04 REJECTED
403/05 REJECTED
403/06 REJECTED
403/07 REJECTED
403/08 REJECTED
403/09 REJECTED
403/10 REJECTED
403/11 REJECTED
403/12 REJECTED
403/13 REJECTED
403/14 REJECTED
403/15 REJECTED
403/16 UNKNOWN
403/17 REJECTED
403/18 REJECTED
403/19 REJECTED
403/20 REJECTED
403/21 REJECTED
403/22 REJECTED
403/23 REJECTED
403/24 UNKNOWN
403/99 UNKNOWN
404/00 UNKNOWN
404/01 UNKNOWN
404/02 UNKNOWN
404/03 REJECTED
404/11 REJECTED
404/13 REJECTED
404/14 UNKNOWN
404/18 DUPLICATE
405/00 REJECTED
405/01 REJECTED
409/00 UNKNOWN
409/01 DUPLICATE
429/00 UNKNOWN
500/00 UNKNOWN
500/01 UNKNOWN
500/02 UNKNOWN
502/00 UNKNOWN
503/00 UNKNOWN
504/00 UNKNOWN
200/01 UNKNOWN
201/00 UNKNOWN
202/01 UNKNOWN
204/00 UNKNOWN
400/03 UNKNOWN
401/02 UNKNOWN
401/04 UNKNOWN
408/00 UNKNOWN
410/00 UNKNOWN
418/00 UNKNOWN
"""

ONE_SERVICE = """
17 200/00 SETTLED
18 200/00 SETTLED
22 200/00 ACCEPTED
23 200/00 ACCEPTED
33 200/00 ACCEPTED
43 200/00 ACCEPTED
17 404/12 UNKNOWN
33 404/12 REJECTED
33 404/19 REJECTED
18 404/02 UNKNOWN
36 200/00 PENDING
36 202/00 PENDING
36 404/01 NOT_FOUND
36 401/00 REFUSED
36 401/01 REFUSED_TOKEN
36 401/03 REFUSED_TOKEN
36 400/01 UNKNOWN
36 403/01 UNKNOWN
36 404/11 UNKNOWN
36 404/18 UNKNOWN
36 409/00 UNKNOWN
36 409/01 UNKNOWN
36 429/00 UNKNOWN
36 500/01 UNKNOWN
36 504/00 UNKNOWN
73 200/00 ACCEPTED
73 400/00 REFUSED
73 400/01 REFUSED
73 400/02 REFUSED
73 401/00 REFUSED
73 504/00 UNKNOWN
73 500/00 UNKNOWN
73 429/00 UNKNOWN
11 200/00 ACCEPTED
11 401/01 REFUSED_TOKEN
11 403/18 REJECTED
11 404/11 REJECTED
11 409/00 UNKNOWN
15 200/00 ACCEPTED
15 404/11 REJECTED
15 500/01 UNKNOWN
16 404/02 REJECTED
32 200/00 ACCEPTED
32 404/12 REJECTED
32 404/14 REJECTED
99 200/00 UNKNOWN
"""


def rows() -> list[tuple[str, int, str, Verdict]]:
    table = []
    for line in EVERY_TRANSFER.split("\n"):
        if line:
            signal, verdict = line.split()
            http, case = signal.split("/")
            table += [(service, int(http), case, Verdict(verdict)) for service in MOVES_MONEY]
    for line in ONE_SERVICE.split("\n"):
        if line:
            service, signal, verdict = line.split()
            http, case = signal.split("/")
            table.append((service, int(http), case, Verdict(verdict)))
    return table


def reading(
    service: str, http: int, case: str, *, status: int | None = None, tables: Tables = STANDARD
) -> Reading:
    body = json.dumps({"responseCode": f"{http}{service}{case}", "responseMessage": "m"})
    answer = Answer(status=status or http, headers={}, body=body.encode())
    return classify(read_reply(answer), service_code=service, tables=tables)


@pytest.mark.parametrize(("service", "http", "case", "verdict"), rows())
def test_row(service: str, http: int, case: str, verdict: Verdict):
    assert reading(service, http, case).verdict is verdict


@pytest.mark.parametrize(("service", "http", "case", "verdict"), rows())
def test_row_at_bca(service: str, http: int, case: str, verdict: Verdict):
    assert reading(service, http, case, tables=BCA).verdict is verdict


def test_every_verdict_that_is_not_in_the_hand_written_table_is_named_here():
    """A row added to the code must be added to the tables above as well."""
    written = {(service, http, case) for service, http, case, _ in rows()}
    missing = {
        (service, http, case)
        for service in (*MOVES_MONEY, "36")
        for http, case in STANDARD[service]
        if (service, http, case) not in written
    }
    assert missing == set()


@pytest.mark.parametrize("service", MOVES_MONEY)
def test_only_success_of_a_final_service_settles(service: str):
    settling = {
        signal for signal, verdict in STANDARD[service].items() if verdict is Verdict.SETTLED
    }
    assert settling <= {(200, "00")}


@pytest.mark.parametrize("service", [*MOVES_MONEY, "36"])
def test_no_row_concludes_from_a_server_fault(service: str):
    assert not [http for http, _ in STANDARD[service] if http >= 500 or http == 429]


@pytest.mark.parametrize(
    ("http", "case"), [(200, "00"), (401, "00"), (401, "01"), (403, "14"), (404, "11")]
)
def test_code_of_another_service_is_unknown(http: int, case: str):
    body = json.dumps({"responseCode": f"{http}18{case}"}).encode()
    reply = read_reply(Answer(status=http, headers={}, body=body))
    found = classify(reply, service_code="17", tables=STANDARD)
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "FOREIGN_SERVICE_CODE")


@pytest.mark.parametrize(
    ("http", "status"), [(200, 500), (200, 202), (403, 200), (400, 200), (200, 502), (401, 403)]
)
def test_http_status_that_contradicts_the_code_is_unknown(http: int, status: int):
    found = reading("17", http, "00", status=status)
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "HTTP_STATUS_CONTRADICTS")


def test_transaction_status_row_by_row():
    assert {status: verdict.value for status, verdict in TRANSACTION_STATUS.items()} == {
        "00": "SETTLED",
        "01": "PENDING",
        "02": "PENDING",
        "03": "PENDING",
        "04": "RETURNED",
        "05": "REJECTED",
        "06": "REJECTED",
        "07": "NOT_FOUND",
    }


def test_overlay_changes_only_its_own_row():
    tables = overlaid({"43": {(200, "00"): Verdict.SETTLED}})
    assert reading("43", 200, "00", tables=tables).verdict is Verdict.SETTLED
    assert reading("43", 202, "00", tables=tables).verdict is Verdict.ACCEPTED
    assert reading("22", 200, "00", tables=tables).verdict is Verdict.ACCEPTED
    assert reading("43", 200, "00").verdict is Verdict.ACCEPTED

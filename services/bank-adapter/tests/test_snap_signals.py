"""The signal table, row by row and service by service, against one written by hand.

Rows are taken from transfer-rules section 4 and fact sheet section 5, not from
the code.
"""

from __future__ import annotations

import json

import pytest
from bank_adapter.adapters.bank_profile_file import read_packaged_profile
from bank_adapter.domain.conversation import Answer
from bank_adapter.domain.verdict import Reading, Verdict
from bank_adapter.drivers.bca_snap.signals import TABLES as BCA
from bank_adapter.drivers.paydia_snap.profile import PaydiaSnapProfile
from bank_adapter.drivers.paydia_snap.signals import tables as paydia_tables
from bank_adapter.drivers.settings import read_profile
from bank_adapter.drivers.snap_generic.profile import GenericProfile
from bank_adapter.drivers.snap_generic.signals import tables as generic_tables
from bank_adapter.snap.reply import read_reply
from bank_adapter.snap.signals import STANDARD, TRANSACTION_STATUS, Tables, classify, overlaid

MOVES_MONEY = ("17", "18", "22", "23", "33", "43")
ASKS = ("11", "14", "15", "16", "32", "42")

# Every row of the fact sheet, section 5.1: signal, then what it means to a
# transfer, to a question about an account, to a status inquiry (36) and to the
# token call (73). `*` says that some services differ: they follow below.
TABLE = """
200/00  *             ACCEPTED      PENDING       ACCEPTED
202/00  ACCEPTED      UNKNOWN       PENDING       UNKNOWN
400/00  REJECTED      REJECTED      UNKNOWN       REFUSED
400/01  REJECTED      REJECTED      UNKNOWN       REFUSED
400/02  REJECTED      REJECTED      UNKNOWN       REFUSED
401/00  REFUSED       REFUSED       REFUSED       REFUSED
401/01  REFUSED_TOKEN REFUSED_TOKEN REFUSED_TOKEN REFUSED
401/02  UNKNOWN       UNKNOWN       UNKNOWN       REFUSED
401/03  REFUSED_TOKEN REFUSED_TOKEN REFUSED_TOKEN REFUSED
401/04  UNKNOWN       UNKNOWN       UNKNOWN       REFUSED
403/00  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/01  REJECTED      REJECTED      UNKNOWN       REFUSED
403/02  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/03  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/04  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/05  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/06  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/07  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/08  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/09  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/10  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/11  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/12  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/13  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/14  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/15  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/16  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
403/17  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/18  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/19  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/20  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/21  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/22  REJECTED      REJECTED      UNKNOWN       UNKNOWN
403/23  REJECTED      REJECTED      UNKNOWN       UNKNOWN
404/00  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/01  UNKNOWN       UNKNOWN       NOT_FOUND     UNKNOWN
404/02  UNKNOWN       REJECTED      UNKNOWN       UNKNOWN
404/03  REJECTED      REJECTED      UNKNOWN       UNKNOWN
404/04  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/05  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/06  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/07  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/08  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/09  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/10  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/11  REJECTED      REJECTED      UNKNOWN       UNKNOWN
404/12  *             REJECTED      UNKNOWN       UNKNOWN
404/13  REJECTED      REJECTED      UNKNOWN       UNKNOWN
404/14  UNKNOWN       REJECTED      UNKNOWN       UNKNOWN
404/15  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/16  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/17  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
404/18  DUPLICATE     UNKNOWN       UNKNOWN       UNKNOWN
404/19  *             REJECTED      UNKNOWN       UNKNOWN
405/00  REJECTED      REJECTED      UNKNOWN       UNKNOWN
405/01  REJECTED      REJECTED      UNKNOWN       UNKNOWN
409/00  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
409/01  DUPLICATE     UNKNOWN       UNKNOWN       UNKNOWN
429/00  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
500/00  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
500/01  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
500/02  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
504/00  UNKNOWN       UNKNOWN       UNKNOWN       UNKNOWN
"""

# The final services settle; a virtual account that is not there is a refusal.
DIFFERING = """
200/00  17 SETTLED   18 SETTLED   22 ACCEPTED  23 ACCEPTED  33 ACCEPTED  43 ACCEPTED
404/12  17 UNKNOWN   18 UNKNOWN   22 UNKNOWN   23 UNKNOWN   33 REJECTED  43 UNKNOWN
404/19  17 UNKNOWN   18 UNKNOWN   22 UNKNOWN   23 UNKNOWN   33 REJECTED  43 UNKNOWN
"""

# What no sheet lists: nothing may be believed of it, whichever the service.
NOBODY_KNOWS = [
    "200/01",
    "201/00",
    "202/01",
    "204/00",
    "400/03",
    "400/99",
    "401/05",
    "402/00",
    "403/24",
    "403/99",
    "404/20",
    "404/99",
    "405/02",
    "406/00",
    "408/00",
    "409/02",
    "410/00",
    "418/00",
    "425/00",
    "429/01",
    "500/03",
    "501/00",
    "502/00",
    "503/00",
    "504/01",
]


def signal(text: str) -> tuple[int, str]:
    http, case = text.split("/")
    return int(http), case


def expected(service: str) -> dict[tuple[int, str], Verdict]:
    """The hand-written column of one service."""
    column = 1 if service in MOVES_MONEY else {"36": 3, "73": 4}.get(service, 2)
    differing = {}
    for line in filter(None, DIFFERING.split("\n")):
        at, *pairs = line.split()
        differing[at] = dict(zip(pairs[::2], pairs[1::2], strict=True))
    found = {}
    for line in filter(None, TABLE.split("\n")):
        words = line.split()
        word = words[column]
        found[signal(words[0])] = Verdict(differing[words[0]][service] if word == "*" else word)
    return found


COMPANY = {
    "bank_id": "bank",
    "client_id": "client",
    "partner_id": "partner",
    "channel_id": "12345",
    "token_key_id": "token",
    "transaction_key_id": "secret",
}


def open_profile(name: str) -> GenericProfile:
    return read_profile(GenericProfile, read_packaged_profile(name) | COMPANY)


def paydia_profile(**changes: object) -> PaydiaSnapProfile:
    return read_profile(PaydiaSnapProfile, COMPANY | changes)


def reading(
    service: str, http: int, case: str, *, status: int | None = None, tables: Tables = STANDARD
) -> Reading:
    body = json.dumps({"responseCode": f"{http}{service}{case}", "responseMessage": "m"})
    answer = Answer(status=status or http, headers={}, body=body.encode())
    return classify(read_reply(answer), service_code=service, tables=tables)


EVERY_SERVICE = (*MOVES_MONEY, *ASKS, "36", "73")
TABLES_OF_BANKS = {
    "standard": STANDARD,
    "BCA": BCA,
    "Paydia": paydia_tables(paydia_profile()),
    "BNI": generic_tables(open_profile("bni")),
}


@pytest.mark.parametrize("service", EVERY_SERVICE)
@pytest.mark.parametrize("tables", TABLES_OF_BANKS.values(), ids=TABLES_OF_BANKS)
def test_every_row_of_the_sheet_means_what_was_written_by_hand(service: str, tables: Tables):
    rows = expected(service)
    found = {row: reading(service, *row, tables=tables).verdict for row in rows}
    assert found == rows


@pytest.mark.parametrize("service", EVERY_SERVICE)
@pytest.mark.parametrize("tables", TABLES_OF_BANKS.values(), ids=TABLES_OF_BANKS)
def test_row_that_no_sheet_lists_is_unknown(service: str, tables: Tables):
    for row in map(signal, NOBODY_KNOWS):
        found = reading(service, *row, tables=tables)
        assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "NOT_IN_TABLE"), row


@pytest.mark.parametrize("service", EVERY_SERVICE)
def test_row_of_the_code_stands_in_the_table_written_by_hand(service: str):
    assert set(STANDARD[service]) <= set(expected(service))


def test_every_service_has_a_column():
    assert set(STANDARD) == set(EVERY_SERVICE)
    assert reading("99", 200, "00").verdict is Verdict.UNKNOWN


def test_final_word_of_paydia_is_its_profiles():
    rows = expected("43") | {(200, "00"): Verdict.SETTLED}
    tables = paydia_tables(paydia_profile(transfer_is_final=True))
    assert {row: reading("43", *row, tables=tables).verdict for row in rows} == rows


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

"""Amounts that a person can type to see a fault: 444,0NN.00 rupiah, and 555,HHH.CC for any code.

Only in force with `magic_amounts = true`, and for payments alone: an inquiry that names an amount
is answered as usual.
"""

import re

from simulator import money
from simulator.codes import MESSAGES
from simulator.faults.order import FaultOrder

MAGIC_AMOUNTS: dict[str, FaultOrder] = {
    "444001.00": FaultOrder(kind="delay", delay_ms=5_000),
    "444002.00": FaultOrder(kind="delay", delay_ms=30_000),
    "444003.00": FaultOrder(kind="delay_before_booking", delay_ms=15_000),
    "444004.00": FaultOrder(kind="drop_before_booking"),
    "444005.00": FaultOrder(kind="drop_after_booking"),
    "444006.00": FaultOrder(kind="reset_in_headers"),
    "444007.00": FaultOrder(kind="truncated_body"),
    "444008.00": FaultOrder(kind="slow_body", delay_ms=5_000),
    "444009.00": FaultOrder(kind="empty_body"),
    "444010.00": FaultOrder(kind="huge_body"),
    "444011.00": FaultOrder(kind="http_500"),
    "444012.00": FaultOrder(kind="http_500", booked=True),
    "444013.00": FaultOrder(kind="http_500", case_code="01"),
    "444014.00": FaultOrder(kind="http_500", case_code="01", booked=True),
    "444015.00": FaultOrder(kind="http_504"),
    "444016.00": FaultOrder(kind="http_504", booked=True),
    "444017.00": FaultOrder(kind="html_502"),
    "444018.00": FaultOrder(kind="html_502", booked=True),
    "444019.00": FaultOrder(kind="redirect_307"),
    "444020.00": FaultOrder(kind="pending_then_final", times=1),
    "444021.00": FaultOrder(kind="pending_then_final", times=1, final="06"),
    "444022.00": FaultOrder(kind="pending_then_final", times=3),
    "444023.00": FaultOrder(kind="pending_then_final", times=3, final="06"),
    "444024.00": FaultOrder(kind="accepted_202"),
    "444025.00": FaultOrder(kind="wrong_echo", field="amount"),
    "444026.00": FaultOrder(kind="wrong_echo", field="account"),
    "444027.00": FaultOrder(kind="wrong_echo", field="reference"),
    "444028.00": FaultOrder(kind="foreign_service_code"),
    "444029.00": FaultOrder(kind="response_code_as_number"),
    "444030.00": FaultOrder(kind="unknown_fields"),
    "444031.00": FaultOrder(kind="token_revoked"),
    "444032.00": FaultOrder(kind="unauthorized"),
    "444033.00": FaultOrder(kind="rate_429"),
    "444034.00": FaultOrder(kind="conflict_409"),
    "444035.00": FaultOrder(kind="conflict_409", booked=True),
    "444036.00": FaultOrder(kind="late_rejection", delay_ms=3_000),
    "444037.00": FaultOrder(kind="answer", http_status=403, case_code="02"),
    "444038.00": FaultOrder(kind="answer", http_status=403, case_code="04"),
    "444039.00": FaultOrder(kind="answer", http_status=403, case_code="06"),
    "444040.00": FaultOrder(kind="answer", http_status=403, case_code="14"),
    "444041.00": FaultOrder(kind="answer", http_status=403, case_code="16"),
    "444042.00": FaultOrder(kind="answer", http_status=403, case_code="18"),
    "444043.00": FaultOrder(kind="answer", http_status=404, case_code="11"),
    "444044.00": FaultOrder(kind="answer", http_status=404, case_code="13"),
    "444045.00": FaultOrder(kind="answer", http_status=404, case_code="18"),
    "444046.00": FaultOrder(kind="answer", http_status=409, case_code="01"),
    "444047.00": FaultOrder(kind="http_500", case_code="02"),
}
"""Amount as typed -> the fault it asks for."""

_CODE = re.compile(r"(?:100)?55([56])([0-9]{3})([0-9]{2})")
"""In minor units: 555403.14 is 403/14, 556504.00 is 504/00 and booked; 100 in front for RTGS."""
_BOOKED = "6"
_SUCCESSES = 300
_BY_MINOR = {money.parse(amount): order for amount, order in MAGIC_AMOUNTS.items()}


def magic(amount_minor: int) -> FaultOrder | None:
    """The fault that an amount asks for, if it asks for one."""
    listed = _BY_MINOR.get(amount_minor)
    if listed is not None:
        return listed
    found = _CODE.fullmatch(str(amount_minor))
    if found is None or (int(found[2]), found[3]) not in MESSAGES:
        return None
    status = int(found[2])
    booked = found[1] == _BOOKED or status < _SUCCESSES
    return FaultOrder(kind="answer", http_status=status, case_code=found[3], booked=booked)

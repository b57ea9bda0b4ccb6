"""gerbang.bank_adapter.v1.ReconciliationService: statements against the ledger, for people."""

from __future__ import annotations

from gerbang.bank_adapter.v1 import reconciliation_service_pb2 as pb
from servicekit.call import Call

from bank_adapter.application.bank import Banks, UnknownBankError
from bank_adapter.application.ports.ledger import PagePosition
from bank_adapter.application.ports.reconciliation_store import LineFilter
from bank_adapter.application.read_reconciliations import AccountDay, ReadReconciliations
from bank_adapter.application.reconcile_daily import ReconcileDaily
from bank_adapter.application.transfer_request import InvalidFieldError
from bank_adapter.entrypoints import contract, reconciliation_contract
from bank_adapter.entrypoints.api_record import APIRecorder
from bank_adapter.entrypoints.errors import as_service_errors
from bank_adapter.entrypoints.operator_servicer import operator_of
from bank_adapter.entrypoints.reconciliation_contract import required, required_day, to_day

_RECONCILE = "/gerbang.bank_adapter.v1.ReconciliationService/ReconcileAccount"
_DAYS, _LINES, _UNMATCHED = "reconciled", "lines", "unmatched"


class ReconciliationServicer:
    """Converts, calls one use case, converts back."""

    def __init__(
        self,
        *,
        reads: ReadReconciliations,
        reconcile: ReconcileDaily,
        banks: Banks,
        recorder: APIRecorder,
    ) -> None:
        self._reads = reads
        self._reconcile = reconcile
        self._banks = banks
        self._recorder = recorder

    async def ListReconciliations(  # noqa: N802  the contract's name
        self, request: pb.ListReconciliationsRequest, call: Call
    ) -> pb.ListReconciliationsResponse:
        del call
        with as_service_errors():
            found, end = await self._reads.days(
                first_day=to_day(request.first_day, "firstDay"),
                last_day=to_day(request.last_day, "lastDay"),
                after=contract.from_page_token(request.page_token, _DAYS),
                limit=contract.page_size(request.page_size),
            )
        return pb.ListReconciliationsResponse(
            reconciliations=[reconciliation_contract.to_reconciliation(one) for one in found],
            next_page_token=contract.to_page_token(end, _DAYS) if end else "",
        )

    async def ListStatementLines(  # noqa: N802  the contract's name
        self, request: pb.ListStatementLinesRequest, call: Call
    ) -> pb.ListStatementLinesResponse:
        del call
        with as_service_errors():
            wanted = LineFilter(
                bank=required(request.bank, "bank"),
                account_no=required(request.account_no, "accountNo"),
                day=required_day(request.day, "day"),
                kinds=reconciliation_contract.to_kinds(request.kind),
            )
            found, end = await self._reads.lines(
                wanted,
                after=contract.from_page_token(request.page_token, _LINES),
                limit=contract.page_size(request.page_size),
            )
        return pb.ListStatementLinesResponse(
            lines=[reconciliation_contract.to_line(line) for line in found],
            next_page_token=contract.to_page_token(end, _LINES) if end else "",
        )

    async def ListUnmatchedTransfers(  # noqa: N802  the contract's name
        self, request: pb.ListUnmatchedTransfersRequest, call: Call
    ) -> pb.ListUnmatchedTransfersResponse:
        del call
        with as_service_errors():
            about = AccountDay(
                bank=required(request.bank, "bank"),
                account_no=required(request.account_no, "accountNo"),
                day=required_day(request.day, "day"),
            )
            position = contract.from_page_token(request.page_token, _UNMATCHED)
            found, last_id = await self._reads.unmatched(
                about, after_id=position.transfer_id if position else ""
            )
        end = PagePosition(at_us=0, transfer_id=last_id) if last_id else None
        return pb.ListUnmatchedTransfersResponse(
            transfers=[contract.to_message(transfer) for transfer in found],
            next_page_token=contract.to_page_token(end, _UNMATCHED) if end else "",
        )

    async def ReconcileAccount(  # noqa: N802  the contract's name
        self, request: pb.ReconcileAccountRequest, call: Call
    ) -> pb.Reconciliation:
        operator = operator_of(call)

        async def reconcile() -> pb.Reconciliation:
            bank_id = required(request.bank, "bank")
            try:
                bank = self._banks.find(bank_id)
            except UnknownBankError:
                raise InvalidFieldError("bank", "is not configured here") from None
            done = await self._reconcile.now(
                bank,
                required(request.account_no, "accountNo"),
                to_day(request.day, "day"),
                operator=operator,
                trace_id=call.trace_id[:64],
            )
            return reconciliation_contract.to_reconciliation(done)

        return await self._recorder.around(call, request, reconcile, target=_RECONCILE)

"""gerbang.bank_adapter.v1.AccountService: questions that move no money."""

from __future__ import annotations

from gerbang.bank_adapter.v1.account_service_pb2 import (
    AccountInquiry,
    Balance,
    GetBalanceRequest,
    GetStatementRequest,
    InquireAccountRequest,
    Statement,
)
from servicekit.call import Call
from servicekit.clock import Clock
from servicekit.errors import ServiceError

from bank_adapter.application.ask_about_accounts import AccountQuestion, AskAboutAccounts, Asker
from bank_adapter.entrypoints import contract
from bank_adapter.entrypoints.api_record import APIRecorder, masked_path
from bank_adapter.entrypoints.errors import as_service_errors
from bank_adapter.entrypoints.statement_contract import statement_page, to_day, to_statement


class AccountServicer:
    """Converts, calls one use case, converts back."""

    def __init__(self, *, ask: AskAboutAccounts, recorder: APIRecorder, clock: Clock) -> None:
        self._ask = ask
        self._recorder = recorder
        self._clock = clock

    async def GetBalance(self, request: GetBalanceRequest, call: Call) -> Balance:  # noqa: N802  the contract's name
        received = self._recorder.received(
            call,
            method="GET",
            target=masked_path("/v1/accounts/{account}/balance", request.account_no),
            request=request,
        )
        try:
            with as_service_errors():
                bank, reading = await self._ask.balance(
                    _asker(call), bank_id=request.bank, account_no=request.account_no
                )
        except ServiceError as error:
            self._recorder.answered(call, received, error)
            raise
        answer = contract.to_balance(
            reading,
            account_no=request.account_no,
            bank=bank.bank_id,
            read_us=self._clock.now_us(),
        )
        self._recorder.answered(call, received, answer)
        return answer

    async def GetStatement(self, request: GetStatementRequest, call: Call) -> Statement:  # noqa: N802  the contract's name
        received = self._recorder.received(
            call,
            method="GET",
            target=masked_path("/v1/accounts/{account}/statement", request.account_no),
            request=request,
        )
        try:
            with as_service_errors():
                start, size = statement_page(request)
                bank, reading = await self._ask.statement(
                    _asker(call),
                    bank_id=request.bank,
                    account_no=request.account_no,
                    first_day=to_day(request.from_date, "fromDate"),
                    last_day=to_day(request.to_date, "toDate"),
                )
        except ServiceError as error:
            self._recorder.answered(call, received, error)
            raise
        answer = to_statement(
            reading, account_no=request.account_no, bank=bank.bank_id, start=start, size=size
        )
        self._recorder.answered(call, received, answer)
        return answer

    async def InquireAccount(  # noqa: N802  the contract's name
        self, request: InquireAccountRequest, call: Call
    ) -> AccountInquiry:
        received = self._recorder.received(
            call, method="POST", target="/v1/accountInquiries", request=request
        )
        try:
            with as_service_errors():
                about = AccountQuestion(
                    bank_id=request.bank,
                    account_no=request.beneficiary_account_no,
                    bank_code=request.beneficiary_bank_code,
                    amount=contract.from_money(request.amount)
                    if request.HasField("amount")
                    else None,
                    source_account_no=request.source_account_no,
                    rail=contract.from_rail(request.rail),
                )
                bank, found = await self._ask.account(_asker(call), about)
        except ServiceError as error:
            self._recorder.answered(call, received, error)
            raise
        answer = AccountInquiry(
            bank=bank.bank_id,
            beneficiary_account_no=request.beneficiary_account_no,
            beneficiary_account_name=found.account_name,
            beneficiary_bank_code=request.beneficiary_bank_code,
            bank_reference_no=found.reading.bank_reference_no,
            response_code=found.reading.response_code,
            response_message=found.reading.response_message,
            bill_amount=contract.to_money(found.bill) if found.bill is not None else None,
        )
        self._recorder.answered(call, received, answer)
        return answer


def _asker(call: Call) -> Asker:
    return Asker(
        client_id=call.caller.client_id or "",
        allowed_accounts=call.caller.accounts,
        trace_id=call.trace_id[:64],
    )

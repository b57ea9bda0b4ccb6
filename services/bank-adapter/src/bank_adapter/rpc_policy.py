"""Who may call what, with which scope, for how long."""

from __future__ import annotations

from typing import Final

from servicekit.rpc_policy import CLIENT_PREFIX, EDGE, OPERATOR_PREFIX, Policy, Rule

from bank_adapter.limits import RECONCILE_CLAIM_S

_CLIENTS: Final = frozenset({EDGE, CLIENT_PREFIX})
_TRANSFERS: Final = "/gerbang.bank_adapter.v1.TransferService/"
_ACCOUNTS: Final = "/gerbang.bank_adapter.v1.AccountService/"
_OPERATORS: Final = "/gerbang.bank_adapter.v1.OperatorService/"
_HOLDS: Final = "/gerbang.bank_adapter.v1.HoldService/"
_APPROVALS: Final = "/gerbang.bank_adapter.v1.ApprovalService/"
_RECONCILIATIONS: Final = "/gerbang.bank_adapter.v1.ReconciliationService/"
_CALLBACKS: Final = "/gerbang.bank_adapter.v1.BankNotificationService/"


def policy(*, bank_wait_s: float, bank_timeout_s: float) -> Policy:
    """The rules. A call that creates waits for the bank at most `bank_wait_s`;
    one that only asks waits as long as the bank may take, and a token besides.
    """  # noqa: D205  one sentence about both
    asks_s = bank_timeout_s + 15
    return {
        f"{_TRANSFERS}CreateTransfer": Rule(
            callers=_CLIENTS,
            scope="transfers.write",
            deadline_cap_s=bank_wait_s + 5,
            idempotent=True,
            max_in_flight=2000,
        ),
        f"{_TRANSFERS}GetTransfer": Rule(
            callers=_CLIENTS,
            scope="transfers.read",
            deadline_cap_s=10,
            idempotent=True,
            max_in_flight=500,
        ),
        f"{_TRANSFERS}ListTransfers": Rule(
            callers=_CLIENTS,
            scope="transfers.read",
            deadline_cap_s=10,
            idempotent=True,
            max_in_flight=100,
        ),
        f"{_TRANSFERS}InquireTransfer": Rule(
            callers=_CLIENTS,
            scope="transfers.read",
            deadline_cap_s=asks_s,
            idempotent=True,
            max_in_flight=200,
        ),
        f"{_TRANSFERS}CancelTransfer": Rule(
            callers=_CLIENTS,
            scope="transfers.write",
            deadline_cap_s=10,
            idempotent=True,
            max_in_flight=100,
        ),
        f"{_ACCOUNTS}GetStatement": Rule(
            callers=_CLIENTS,
            scope="accounts.read",
            deadline_cap_s=asks_s,
            idempotent=True,
            max_in_flight=50,
        ),
        f"{_ACCOUNTS}GetBalance": Rule(
            callers=_CLIENTS,
            scope="accounts.read",
            deadline_cap_s=asks_s,
            idempotent=True,
            max_in_flight=200,
        ),
        **_of_operators(asks_s=asks_s),
        f"{_ACCOUNTS}InquireAccount": Rule(
            callers=_CLIENTS,
            scope="accounts.read",
            deadline_cap_s=asks_s,
            idempotent=True,
            max_in_flight=200,
        ),
        **_of_banks(),
    }


def _of_banks() -> Policy:
    """The bank proves itself by its signature, not by a token of ours."""
    return {
        f"{_CALLBACKS}{method}": Rule(
            callers=frozenset({EDGE}),
            scope=None,
            deadline_cap_s=10,
            idempotent=False,
            max_in_flight=50,
            anonymous_from_edge=True,
        )
        for method in ("IssueBankToken", "NotifyRtgs", "NotifySkn")
    }


def _of_operators(*, asks_s: float) -> Policy:
    """People with a certificate of their own; never by way of the edge."""
    operate, approve = "transfers.operate", "transfers.approve"
    return {
        method: Rule(
            callers=frozenset({OPERATOR_PREFIX}),
            scope=scope,
            deadline_cap_s=deadline_s,
            idempotent=idempotent,
            max_in_flight=8,
        )
        for method, scope, deadline_s, idempotent in (
            (f"{_OPERATORS}ListWaitingTransfers", operate, 10, True),
            # It may ask the bank for a statement.
            (f"{_OPERATORS}GetTransferEvidence", operate, asks_s, True),
            (f"{_OPERATORS}ListAttempts", operate, 30, True),
            # A second one finds that the transfer waits no more.
            (f"{_OPERATORS}ResolveTransfer", operate, 10, False),
            # The bank is asked, and the signer twice.
            (f"{_OPERATORS}ProbeSigningKey", operate, asks_s, False),
            (f"{_APPROVALS}ListTransfersToApprove", approve, 10, True),
            (f"{_APPROVALS}ApproveTransfer", approve, 10, False),
            (f"{_APPROVALS}DeclineTransfer", approve, 10, False),
            (f"{_HOLDS}ListHolds", operate, 10, True),
            (f"{_HOLDS}PlaceHold", operate, 10, True),
            (f"{_HOLDS}ReleaseHold", operate, 10, True),
            (f"{_RECONCILIATIONS}ListReconciliations", operate, 10, True),
            (f"{_RECONCILIATIONS}ListStatementLines", operate, 10, True),
            (f"{_RECONCILIATIONS}ListUnmatchedTransfers", operate, 30, True),
            # It asks the bank for a statement of every day.
            (f"{_RECONCILIATIONS}ReconcileAccount", operate, RECONCILE_CLAIM_S, True),
        )
    }

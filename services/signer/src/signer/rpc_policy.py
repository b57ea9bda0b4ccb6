"""Who may call which RPC. Which key for what is asked next, of the configured `grants`."""

from servicekit.rpc_policy import OPERATOR_PREFIX, Policy, Rule

BANK_ADAPTER = "spiffe://gerbang/bank-adapter"

_READING = frozenset({"ListKeys", "ExportPublicKey", "ListJournalEntries"})
_CHANGING = frozenset(
    {
        "GenerateKey",
        "ImportKey",
        "SignProbe",
        "RecordProbe",
        "PromoteKey",
        "RetireKey",
        "ScheduleDestruction",
        "ConfirmDestruction",
        "CancelDestruction",
    }
)

POLICY: Policy = {
    "/gerbang.signer.v1.SigningService/Sign": Rule(
        callers=frozenset({BANK_ADAPTER}),
        scope=None,
        deadline_cap_s=5.0,
        idempotent=True,
        max_in_flight=512,
    ),
    # A stream is one call and lives as long as its caller; a day at most.
    "/gerbang.signer.v1.SigningService/SignBatches": Rule(
        callers=frozenset({BANK_ADAPTER}),
        scope=None,
        deadline_cap_s=86_400.0,
        idempotent=True,
        max_in_flight=64,
    ),
    "/gerbang.signer.v1.VerificationService/Verify": Rule(
        callers=frozenset({BANK_ADAPTER}),
        scope=None,
        deadline_cap_s=5.0,
        idempotent=True,
        max_in_flight=256,
    ),
    # The bank-adapter has the way to the bank, so it carries probes; its word opens
    # the way to promotion, and an operator's does not.
    **{
        f"/gerbang.signer.v1.ProbeService/{method}": Rule(
            callers=frozenset({BANK_ADAPTER}),
            scope=None,
            deadline_cap_s=10.0,
            idempotent=False,
            max_in_flight=8,
        )
        for method in ("SignProbeCall", "ReportProbeAnswer")
    },
    **{
        f"/gerbang.signer.v1.KeyAdminService/{method}": Rule(
            callers=frozenset({OPERATOR_PREFIX}),
            scope=None,
            deadline_cap_s=30.0,
            idempotent=method in _READING,
            max_in_flight=8,
        )
        for method in sorted(_READING | _CHANGING)
    },
}

"""What the bench asks of its load generators, and what they answer. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferJob:
    """POST /v1/transfers over `connections` keep-alive connections, each one request at a time.

    References are `prefix` and a number from `first_number` on; the amount is
    10,000,000 rupiah and the number, so no two payments look alike.
    """

    host: str
    port: int
    ca_file: str
    origin: str
    token: str = field(repr=False)
    connections: int
    warm_up_s: float
    timed_s: float
    prefix: str
    first_number: int
    source_account: str
    beneficiary_account: str
    beneficiary_name: str
    # The empty handler answers every request with one and the same transfer.
    answers_are_real: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLoad:
    """What came of a TransferJob.

    `timed` counts the SETTLED answers within the measured seconds, which carry
    the latencies (milliseconds). `settled` maps the number of every payment that was
    answered SETTLED, warm-up included, to the reference the bank knows.
    `errors` counts every other outcome by its name, `wrong` describes answers
    that contradict their request.
    """

    asked: int
    timed: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    settled: dict[str, str]
    errors: dict[str, int]
    wrong: list[str]
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningJob:
    """Batches over one stream to the signer.

    As fast as `in_flight` open batches allow, or with `batches_per_s` at that
    pace, whatever the signer does. `request_hex` is one SignRequest.
    """

    target: str
    server_name: str
    certificate_file: str
    private_key_file: str
    ca_file: str
    request_hex: str
    batch: int
    in_flight: int
    batches_per_s: float
    warm_up_s: float
    timed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningLoad:
    """What came of a SigningJob. Latencies are those of a batch, in milliseconds.

    `signed` counts every signature since the start, warm-up included; `timed`
    those that came within the measured seconds.
    """

    signed: int
    timed: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: dict[str, int]
    sample: str
    cpu_s: float

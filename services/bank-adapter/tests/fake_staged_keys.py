"""A signer's staged version that signs anything, and remembers what it was told."""

from __future__ import annotations

from dataclasses import dataclass, field

from bank_adapter.application.ports.staged_key import SignedStep, SignerSaidNoError, StagedKey
from bank_adapter.domain.conversation import Signature, SignStep


@dataclass
class FakeStagedKeys:
    """`says_no` refuses to sign. `reports` holds version, signature, verdict and code."""

    says_no: SignerSaidNoError | None = None
    asked: list[SignStep] = field(default_factory=list)
    reports: list[tuple[int, str, bool, str]] = field(default_factory=list)

    async def sign(self, key: StagedKey, step: SignStep, *, attempt_id: str) -> Signature:
        if self.says_no is not None:
            raise self.says_no
        self.asked.append(step)
        return Signature(f"signed-by-{key.version}")

    async def report(
        self, key: StagedKey, signed: SignedStep, *, accepted: bool, response_code: str
    ) -> None:
        self.reports.append((key.version, signed.signature.value, accepted, response_code))

"""What the real signer does: its keys, its journal, its stream, under full and half load.

Per core means per CPU second of the signer's process, as openssl counts its
own. The journal's fsync and the relay to the audit are in the price; the
database's part is said beside it. One signature of each run is verified.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

import load_process
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from gerbang.signer.v1.scheme_pb2 import SnapTokenAsymmetric, SnapTransactionSymmetric
from gerbang.signer.v1.signing_service_pb2 import SignRequest
from installation import DATABASE, Installation
from load_job import SigningJob, SigningLoad
from localstack.banks import BCA
from process_meter import ProcessMeter, Usage

PROGRAM = Path(__file__).with_name("load_signatures.py")
TIMESTAMP = "2026-11-21T10:30:24+07:00"
TOKEN = "bench-" + "t" * 40
PATH = "/banking/v1.0/transfer-intrabank"
BODY_SHA256 = hashlib.sha256(b'{"partnerReferenceNo":"BENCH"}').digest()
# As the adapter's stream gathers them when it is busy.
BATCHES = {"RSA-2048": 16, "HMAC-SHA512": 64}
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningResult:
    """One algorithm. `full` is as fast as it goes, `half` at half that rate."""

    algorithm: str
    batch: int
    per_s: float
    per_core: float
    database_per_core: float
    full: SigningLoad
    half: SigningLoad
    genuine: bool


class SigningBench:
    """Signs as the bank-adapter does, with the keys the stack was given."""

    def __init__(self, installation: Installation, *, warm_up_s: float, timed_s: float) -> None:
        self._installation = installation
        self._warm_up_s = warm_up_s
        self._timed_s = timed_s

    def rsa(self) -> SigningResult:
        request = SignRequest(
            key_id=BCA.token_key,
            attempt_id="BENCH",
            snap_token_asymmetric=SnapTokenAsymmetric(
                client_key=BCA.client_id, timestamp=TIMESTAMP
            ),
        )
        return self._measure("RSA-2048", request)

    def hmac(self) -> SigningResult:
        request = SignRequest(
            key_id=BCA.transaction_key,
            attempt_id="BENCH",
            snap_transaction_symmetric=SnapTransactionSymmetric(
                method="POST",
                path=PATH,
                access_token=TOKEN,
                body_sha256=BODY_SHA256,
                timestamp=TIMESTAMP,
            ),
        )
        return self._measure("HMAC-SHA512", request)

    def _measure(self, algorithm: str, request: SignRequest) -> SigningResult:
        batch = BATCHES[algorithm]
        full, used = self._run(request, batch=batch, batches_per_s=0.0)
        per_s = full.timed / self._timed_s
        half, _ = self._run(request, batch=batch, batches_per_s=per_s / batch / 2)
        return SigningResult(
            algorithm=algorithm,
            batch=batch,
            per_s=per_s,
            per_core=full.signed / max(used["signer"].cpu_s, 0.01),
            database_per_core=full.signed / max(used[DATABASE].cpu_s, 0.01),
            full=full,
            half=half,
            genuine=self._is_genuine(algorithm, full.sample),
        )

    def _run(
        self, request: SignRequest, *, batch: int, batches_per_s: float
    ) -> tuple[SigningLoad, dict[str, Usage]]:
        stack = self._installation.stack
        caller = stack.identity("bank-adapter")
        job = SigningJob(
            target=f"127.0.0.1:{stack.settings.signer_port}",
            server_name="signer.gerbang.internal",
            certificate_file=str(caller.certificate_file),
            private_key_file=str(caller.private_key_file),
            ca_file=str(caller.ca_file),
            request_hex=request.SerializeToString().hex(),
            batch=batch,
            in_flight=IN_FLIGHT,
            batches_per_s=batches_per_s,
            warm_up_s=self._warm_up_s,
            timed_s=self._timed_s,
        )
        meter = ProcessMeter(self._installation.pids())
        before: dict[str, Usage] = {}
        load = load_process.run(
            PROGRAM, job, SigningLoad, started=lambda: before.update(meter.read())
        )
        return load, meter.since(before)

    def _is_genuine(self, algorithm: str, signature: str) -> bool:
        secrets = self._installation.stack.secrets
        if algorithm == "HMAC-SHA512":
            text = f"POST:{PATH}:{TOKEN}:{BODY_SHA256.hex()}:{TIMESTAMP}"
            key = secrets.shared(BCA.transaction_key).encode()
            wanted = hmac.digest(key, text.encode(), hashlib.sha512)
            return hmac.compare_digest(base64.b64encode(wanted).decode(), signature)
        key_file = secrets.public_key_file(BCA.token_key)
        public = serialization.load_pem_public_key(key_file.read_bytes())
        assert isinstance(public, rsa.RSAPublicKey)
        text = f"{BCA.client_id}|{TIMESTAMP}"
        try:
            public.verify(
                base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return False
        return True

"""One step: so many connections for so many seconds, and what that cost.

CPU time is read after the connections stand and once more when the last audit
event is stored, and divided by every payment between, warm-up included: a rate
that leaves work behind for later would otherwise look cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import load_process
from backlog import Backlog
from ceiling import Ceiling
from installation import Installation
from load_job import TransferJob, TransferLoad
from process_meter import ProcessMeter, Usage

PROGRAM = Path(__file__).with_name("load_transfers.py")
SHIP_WITHIN_S = 60.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One line of a table. `what` is "gateway" or "ceiling"; the bank's delay is 0 there.

    `cpu_ms` is CPU milliseconds per transfer by process, `rss_mib` the memory
    at the end, `behind` the audit events that waited when the load ended.
    """

    what: str
    bank_delay_ms: int
    connections: int
    per_s: float
    load: TransferLoad
    cpu_ms: dict[str, float]
    load_cpu_ms: float
    rss_mib: dict[str, float]
    behind: int
    shipped: bool

    @property
    def error_count(self) -> int:
        return sum(self.load.errors.values()) + len(self.load.wrong)


class TransferSteps:
    """Measures steps on one installation, each with numbers of its own."""

    def __init__(
        self,
        installation: Installation,
        backlog: Backlog,
        *,
        warm_up_s: float,
        timed_s: float,
        prefix: str,
    ) -> None:
        self._installation = installation
        self._backlog = backlog
        self._warm_up_s = warm_up_s
        self._timed_s = timed_s
        self._prefix = prefix
        self._next_number = 0
        self._erp = installation.stack.erp()

    def close(self) -> None:
        self._erp.http.close()

    def gateway(self, connections: int, *, bank_delay_ms: int) -> StepResult:
        """Payments through the whole chain to the simulator."""
        self._installation.bank.rules(reply_delay_ms=bank_delay_ms)
        meter = ProcessMeter(self._installation.pids())
        port = self._installation.stack.settings.edge_port
        return self._step("gateway", connections, port, meter, bank_delay_ms=bank_delay_ms)

    def ceiling(self, connections: int, ceiling: Ceiling) -> StepResult:
        """The same requests to the handler that does nothing."""
        meter = ProcessMeter(ceiling.pids)
        return self._step("ceiling", connections, ceiling.edge_port, meter, bank_delay_ms=0)

    def _step(
        self, what: str, connections: int, port: int, meter: ProcessMeter, *, bank_delay_ms: int
    ) -> StepResult:
        before: dict[str, Usage] = {}
        job = self._job(connections, port, answers_are_real=what == "gateway")
        load = load_process.run(
            PROGRAM, job, TransferLoad, started=lambda: before.update(meter.read())
        )
        self._next_number += load.asked
        behind = self._backlog.count()
        shipped = self._backlog.wait_until_empty(within_s=SHIP_WITHIN_S)
        used = meter.since(before)
        per_transfer_ms = 1000 / max(1, load.asked)
        return StepResult(
            what=what,
            bank_delay_ms=bank_delay_ms,
            connections=connections,
            per_s=load.timed / job.timed_s,
            load=load,
            cpu_ms={name: one.cpu_s * per_transfer_ms for name, one in used.items()},
            load_cpu_ms=load.cpu_s * per_transfer_ms,
            rss_mib={name: one.rss_bytes / MIB for name, one in used.items()},
            behind=behind,
            shipped=shipped,
        )

    def _job(self, connections: int, port: int, *, answers_are_real: bool) -> TransferJob:
        stack = self._installation.stack
        client = stack.client
        # A step must not outlive its token.
        self._erp.forget_token()
        return TransferJob(
            host="127.0.0.1",
            port=port,
            ca_file=str(stack.ca_file),
            origin=client.origin,
            token=self._erp.token(),
            connections=connections,
            warm_up_s=self._warm_up_s,
            timed_s=self._timed_s,
            prefix=self._prefix,
            first_number=self._next_number,
            source_account=client.source_account,
            beneficiary_account=client.beneficiary_account,
            beneficiary_name=client.beneficiary_name,
            answers_are_real=answers_are_real,
        )

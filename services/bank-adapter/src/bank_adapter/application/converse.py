"""Runs a driver's conversation: does the I/O between its steps, once each.

What a failing signer or wire means for the money is the same for every bank
and is decided here; a driver only ever sees success. Nothing is retried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from servicekit.log import get_logger

from bank_adapter.application.ports.bank_wire import BankWire, Lost, NotSent
from bank_adapter.application.ports.signer import NotSigned, Signer
from bank_adapter.domain.conversation import Answer, Conversation, Reply, Send
from bank_adapter.domain.verdict import Reading, Verdict

T = TypeVar("T")
log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """How a conversation ended: with the driver's result or with a failure.

    `sent` and `answer` are what really crossed the wire, for the audit.
    """

    result: T | None
    failure: Reading | None
    sent: Send | None
    answer: Answer | None


@dataclass(slots=True)
class _Talk:
    """What has crossed the wire so far."""

    sent: Send | None = None
    answer: Answer | None = None
    may_have_left: bool = False


class Converser:
    """Speaks for the drivers through one signer."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    async def run(
        self,
        conversation: Conversation[T],
        wire: BankWire,
        *,
        attempt_id: str,
        timeout_s: float,
        before_first_byte: Callable[[], str | None],
    ) -> Outcome[T]:
        """Ends with a result or a failure reading; raises only when cancelled."""
        talk = _Talk()
        try:
            step = next(conversation)
            while True:
                reply: Reply | NotSigned | NotSent | Lost
                if isinstance(step, Send):
                    talk.sent = step
                    talk.may_have_left = True
                    reply = await wire.send(
                        step, timeout_s=timeout_s, before_first_byte=before_first_byte
                    )
                else:
                    reply = await self._signer.sign(step, attempt_id=attempt_id)
                if isinstance(reply, NotSigned | NotSent | Lost):
                    return self._failed(talk, reply)
                if isinstance(reply, Answer):
                    talk.answer = reply
                step = conversation.send(reply)
        except StopIteration as done:
            return Outcome(result=done.value, failure=None, sent=talk.sent, answer=talk.answer)
        except Exception:  # a driver's bug must not look like "nothing was sent"
            log.exception("bank conversation failed", attempt_id=attempt_id)
            verdict = Verdict.UNKNOWN if talk.may_have_left else Verdict.NOT_SENT
            failure = Reading(verdict=verdict, reason="DRIVER_FAILED", alarm=True)
            return Outcome(result=None, failure=failure, sent=talk.sent, answer=talk.answer)
        finally:
            conversation.close()

    @staticmethod
    def _failed(talk: _Talk, reply: NotSigned | NotSent | Lost) -> Outcome[T]:
        match reply:
            case NotSigned(reason=reason, refused=refused):
                verdict = Verdict.REFUSED if refused else Verdict.NOT_SENT
                failure = Reading(verdict=verdict, reason=reason, alarm=refused)
            case NotSent(reason=reason):
                failure = Reading(verdict=Verdict.NOT_SENT, reason=reason)
            case Lost(reason=reason):
                failure = Reading(verdict=Verdict.UNKNOWN, reason=reason)
        return Outcome(result=None, failure=failure, sent=talk.sent, answer=None)

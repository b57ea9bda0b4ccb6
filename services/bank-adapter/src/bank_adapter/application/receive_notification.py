"""Takes a bank's notification in: proven, new, stored, and only then answered.

Nothing moves here. The worker acts on what is stored (heed_notifications.py),
so that a crash after the answer loses nothing.
"""

from __future__ import annotations

import hashlib

from msgspec.structs import replace
from servicekit.clock import Clock
from servicekit.log import get_logger

from bank_adapter.application.inbound_banks import InboundBank, InboundBanks
from bank_adapter.application.inbound_call import (
    METHOD,
    InboundAnswer,
    InboundCall,
    Refusals,
    accepted,
    call_record,
    check_finding,
    check_moment,
)
from bank_adapter.application.ports.identifiers import Identifiers
from bank_adapter.application.ports.inbound_store import InboundStore
from bank_adapter.application.ports.ledger import AlreadyThereError, UnavailableError
from bank_adapter.application.ports.signature_check import (
    CallProof,
    Finding,
    NoFindingError,
    SignatureCheck,
)
from bank_adapter.domain.bank_day import bank_day
from bank_adapter.domain.bank_notification import BankNotification, Handling
from bank_adapter.domain.order import SentOrder
from bank_adapter.domain.transfer import Transfer
from bank_adapter.limits import NOTIFIED_TRANSFERS_MOST
from bank_adapter.snap import inbound, notification
from bank_adapter.snap.inbound import RefusedCallError, SignedCall
from bank_adapter.snap.notification import Notification

log = get_logger()


class ReceiveNotification:
    """The verb behind POST /openapi/v1.0/transfer-rtgs/notify and its sister of SKN."""

    def __init__(
        self,
        *,
        banks: InboundBanks,
        store: InboundStore,
        signatures: SignatureCheck,
        refusals: Refusals,
        identifiers: Identifiers,
        clock: Clock,
    ) -> None:
        self._banks = banks
        self._store = store
        self._signatures = signatures
        self._refusals = refusals
        self._identifiers = identifiers
        self._clock = clock

    async def execute(self, call: InboundCall) -> InboundAnswer:
        """SNAP's thanks, or its refusal. Never raises for what the bank sent."""
        known = ""
        try:
            signed = inbound.signed_call(call.headers, call.body)
            bank = await self._bank_of(signed)
            known = bank.bank_id
            check_moment(signed.at, bank, now_us=self._clock.now_us())
            await self._check_signature(call, signed, bank)
            claim = notification.read(call.body)
            return await self._keep(call, signed, bank, claim)
        except RefusedCallError as refusal:
            return await self._refusals.answer(call, refusal, known)
        except AlreadyThereError:
            return await self._refusals.answer(call, _conflict(), known)
        except (NoFindingError, UnavailableError) as error:
            log.error("a bank's notification could not be kept", bank=known, reason=str(error))  # noqa: TRY400  expected, and no stack helps
            return await self._refusals.answer(
                call, RefusedCallError(500, "00", "General Error"), known
            )

    async def _bank_of(self, signed: SignedCall) -> InboundBank:
        token = await self._store.find_token(_sha256(signed.access_token))
        bank = self._banks.find(token.bank) if token is not None else None
        if token is None or bank is None or token.expires_us <= self._clock.now_us():
            raise RefusedCallError(401, "01", "Invalid Token (B2B)")
        return bank

    async def _check_signature(
        self, call: InboundCall, signed: SignedCall, bank: InboundBank
    ) -> None:
        proof = CallProof(
            key_id=bank.transaction_key_id,
            method=METHOD,
            path=call.path,
            access_token=signed.access_token,
            timestamp=signed.timestamp,
            signature=signed.signature,
            body=call.body,
        )
        finding = await self._signatures.check(proof, trace_id=call.trace_id)
        check_finding(finding)
        # The signer saw this signature before. Perhaps our commit failed after
        # that and the bank repeats its call: then it is new to the store.
        if finding is Finding.REPLAYED and await self._store.has_signature(
            bank.bank_id, _sha256(signed.signature)
        ):
            raise _conflict()

    async def _keep(
        self, call: InboundCall, signed: SignedCall, bank: InboundBank, claim: Notification
    ) -> InboundAnswer:
        now_us = self._clock.now_us()
        transfer, mismatch = await self._about(claim, bank)
        kept = self._kept(call, signed, bank, claim, transfer, mismatch=mismatch, at_us=now_us)
        answer = accepted(call)
        attributes = {"externalId": signed.external_id, "status": claim.status}
        if mismatch:
            attributes["reason"] = mismatch
        elif transfer is None:
            attributes["reason"] = "UNKNOWN_PAYMENT"
        record = call_record(
            call,
            answer,
            event_id=self._identifiers.event_id(),
            at_us=now_us,
            bank=bank.bank_id,
            attributes=attributes,
        )
        if transfer is not None:
            record = replace(
                record,
                client_id=transfer.client_id,
                transfer_id=transfer.transfer_id,
                partner_reference_no=transfer.partner_reference_no,
                bank_partner_reference_no=transfer.order.bank_partner_reference_no,
            )
        await self._store.add_notification(kept, record)
        if transfer is None or mismatch:
            log.error(
                "notification is not about a payment of ours",
                bank=bank.bank_id,
                notification_id=kept.notification_id,
                transfer_id=kept.transfer_id,
                reason=mismatch or "UNKNOWN_PAYMENT",
            )
        return answer

    def _kept(
        self,
        call: InboundCall,
        signed: SignedCall,
        bank: InboundBank,
        claim: Notification,
        transfer: Transfer | None,
        *,
        mismatch: str,
        at_us: int,
    ) -> BankNotification:
        """The notification as it is stored: evidence, whatever it is about."""
        return BankNotification(
            notification_id=self._identifiers.event_id(),
            bank=bank.bank_id,
            service_code=call.service_code,
            external_id=signed.external_id,
            external_day=bank_day(at_us),
            signature_sha256=_sha256(signed.signature),
            received_us=at_us,
            body=call.body,
            partner_reference_no=claim.partner_reference_no,
            original_external_id=claim.external_id,
            status=claim.status,
            rejected=claim.rejected,
            reject_reason=claim.reason,
            mismatch=mismatch,
            transfer_id=transfer.transfer_id if transfer is not None else "",
            handling=Handling.WAITING if transfer is not None else Handling.UNMATCHED,
        )

    async def _about(self, claim: Notification, bank: InboundBank) -> tuple[Transfer | None, str]:
        """The payment it speaks of and what does not fit, if anything.

        By our reference; without one by the front of the external id, where
        BCA's field has room for 19 of 32 digits: two payments of one
        millisecond can share those, and then their other fields decide.
        """
        if claim.partner_reference_no:
            found = await self._store.find_transfer(bank.bank_identity, claim.partner_reference_no)
            return found, _mismatch(claim, found) if found is not None else ""
        candidates = await self._store.find_transfers_by_external_id(
            bank.bank_identity, claim.external_id, limit=NOTIFIED_TRANSFERS_MOST
        )
        fitting = [one for one in candidates if not _mismatch(claim, one)]
        return (fitting[0], "") if len(fitting) == 1 else (None, "")


def _mismatch(claim: Notification, transfer: Transfer) -> str:
    sent = SentOrder(order=transfer.order, service_code="", external_id="", transaction_date="")
    return claim.mismatch(sent)


def _conflict() -> RefusedCallError:
    return RefusedCallError(409, "00", "Conflict")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

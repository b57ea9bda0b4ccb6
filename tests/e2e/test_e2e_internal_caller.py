"""A service of the house pays by gRPC with its own certificate, without a token."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import grpc
import pytest
from gerbang.bank_adapter.v1 import transfer_pb2, transfer_service_pb2, transfer_service_pb2_grpc
from gerbang.common.v1 import money_pb2
from google.api import httpbody_pb2
from localstack.configs import INTERNAL_CALLER
from localstack.demo_client import BENEFICIARY_ACCOUNT, SOURCE_ACCOUNT
from localstack.stack import Stack

Reference = Callable[[], str]


def channel(stack: Stack, name: str) -> grpc.Channel:
    identity = stack.identity(name)
    credentials = grpc.ssl_channel_credentials(
        identity.ca_file.read_bytes(),
        identity.private_key_file.read_bytes(),
        identity.certificate_file.read_bytes(),
    )
    options = [("grpc.ssl_target_name_override", "bank-adapter.gerbang.internal")]
    return grpc.secure_channel(
        f"127.0.0.1:{stack.settings.bank_adapter_port}", credentials, options
    )


@pytest.fixture
def transfers(stack: Stack) -> Iterator[transfer_service_pb2_grpc.TransferServiceStub]:
    with channel(stack, INTERNAL_CALLER) as opened:
        yield transfer_service_pb2_grpc.TransferServiceStub(opened)


def order(reference: str) -> transfer_service_pb2.CreateTransferRequest:
    return transfer_service_pb2.CreateTransferRequest(
        partner_reference_no=reference,
        amount=money_pb2.Money(value="45000.00", currency="IDR"),
        source_account_no=SOURCE_ACCOUNT,
        beneficiary_account_no=BENEFICIARY_ACCOUNT,
    )


def test_an_internal_caller_makes_a_transfer_and_reads_it_again(
    transfers: transfer_service_pb2_grpc.TransferServiceStub, reference: Reference
) -> None:
    made = transfers.CreateTransfer(order(reference()), timeout=20)
    read = transfers.GetTransfer(
        transfer_service_pb2.GetTransferRequest(transfer_id=made.transfer_id), timeout=10
    )

    assert made.state == transfer_pb2.Transfer.SETTLED
    assert read.partner_reference_no == made.partner_reference_no
    assert len(read.attempts) == 1


def test_claims_are_believed_from_the_edge_only(
    transfers: transfer_service_pb2_grpc.TransferServiceStub, reference: Reference
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        transfers.CreateTransfer(
            order(reference()), timeout=10, metadata=(("x-gerbang-claim-sub", "demo-erp"),)
        )

    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_raw_document_is_believed_from_the_edge_only(
    transfers: transfer_service_pb2_grpc.TransferServiceStub,
) -> None:
    document = httpbody_pb2.HttpBody(content_type="application/json", data=b"{}")

    with pytest.raises(grpc.RpcError) as refused:
        transfers.CreateTransfer(
            transfer_service_pb2.CreateTransferRequest(document=document), timeout=10
        )

    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("name", ["client/stranger", "signer", "auth", "audit", "operator/alice"])
def test_a_caller_that_the_policy_does_not_name_is_refused(
    stack: Stack, reference: Reference, name: str
) -> None:
    with channel(stack, name) as opened:
        stub = transfer_service_pb2_grpc.TransferServiceStub(opened)
        with pytest.raises(grpc.RpcError) as refused:
            stub.CreateTransfer(order(reference()), timeout=10)

    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED


def test_without_a_certificate_there_is_no_connection(stack: Stack, reference: Reference) -> None:
    credentials = grpc.ssl_channel_credentials(stack.ca_file.read_bytes())
    options = [("grpc.ssl_target_name_override", "bank-adapter.gerbang.internal")]
    target = f"127.0.0.1:{stack.settings.bank_adapter_port}"
    with grpc.secure_channel(target, credentials, options) as opened:
        stub = transfer_service_pb2_grpc.TransferServiceStub(opened)
        with pytest.raises(grpc.RpcError) as refused:
            stub.CreateTransfer(order(reference()), timeout=5)

    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE

"""The ceiling's end: CreateTransfer answered with a constant, over mTLS.

A process on bare grpc.aio and uvloop with the contract's messages and nothing
of ours behind them: no policy, no database, no bank. It shows the identity of
the bank-adapter, so that the edge takes it for one.

    python empty_adapter.py PORT CERTIFICATE_FILE PRIVATE_KEY_FILE CA_FILE
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import uvloop
from gerbang.bank_adapter.v1 import transfer_pb2
from gerbang.bank_adapter.v1.transfer_service_pb2 import CreateTransferRequest
from gerbang.common.v1.money_pb2 import Money
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

# As long as a real answer.
ANSWER = transfer_pb2.Transfer(
    transfer_id="01J00000000000000000000000",
    state=transfer_pb2.Transfer.SETTLED,
    partner_reference_no="BENCH-00000000",
    bank_partner_reference_no="2026112100000000000000000000",
    bank="bca",
    rail=transfer_pb2.INTRABANK,
    amount=Money(value="10000000.00", currency="IDR"),
    source_account_no="1234567890",
    beneficiary_account_no="8090123456",
    beneficiary_account_name="PT MITRA SEJAHTERA",
    remark="Invoice 4711",
    bank_reference_no="2026112100000000000001",
    response_code="2001700",
    response_message="Successful",
    create_time=Timestamp(seconds=1_800_000_000, nanos=123_456_000),
    update_time=Timestamp(seconds=1_800_000_000, nanos=234_567_000),
)


async def create_transfer(
    _request: CreateTransferRequest, _context: grpc.aio.ServicerContext[Any, Any]
) -> transfer_pb2.Transfer:
    return ANSWER


def credentials_of(
    certificate_file: Path, private_key_file: Path, ca_file: Path
) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials(
        [(private_key_file.read_bytes(), certificate_file.read_bytes())],
        root_certificates=ca_file.read_bytes(),
        require_client_auth=True,
    )


async def serve(port: int, credentials: grpc.ServerCredentials) -> None:
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    handler = grpc.unary_unary_rpc_method_handler(
        create_transfer,
        CreateTransferRequest.FromString,
        transfer_pb2.Transfer.SerializeToString,
    )
    service = grpc.method_handlers_generic_handler(
        "gerbang.bank_adapter.v1.TransferService", {"CreateTransfer": handler}
    )
    server.add_generic_rpc_handlers((service,))
    health = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)  # type: ignore[no-untyped-call]
    await health.set("", health_pb2.HealthCheckResponse.SERVING)
    server.add_secure_port(f"127.0.0.1:{port}", credentials)
    await server.start()
    await server.wait_for_termination()


def main() -> None:
    port, *files = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(port), credentials_of(*map(Path, files))))


if __name__ == "__main__":
    main()

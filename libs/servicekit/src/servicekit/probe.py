"""`python -m servicekit.probe --config FILE`: exit 0 when the process here serves.

For health checks inside a container, where there is no other tool. It asks the
gRPC health service over mutual TLS with the service's own certificate, on the
port of the same configuration file; it opens no secret but that key.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import grpc
from cryptography import x509
from grpc_health.v1 import health_pb2, health_pb2_grpc

from servicekit.config import TLSSettings

HOST = "127.0.0.1"
TIMEOUT_S = 3.0


class ProbeError(Exception):
    """The file does not say whom to ask, or the process does not serve."""


def read(config: Path) -> tuple[TLSSettings, int]:
    """The [tls] table and the port of [listen]; the rest is not looked at.

    Raises ProbeError.
    """
    try:
        document = tomllib.loads(config.read_text(encoding="utf-8"))
        files = {name: config.parent / path for name, path in document["tls"].items()}
        return TLSSettings(**files), int(document["listen"]["port"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProbeError(f"{config}: cannot be used: {type(error).__name__}") from None


def server_name(tls: TLSSettings) -> str:
    """The first DNS name in our own certificate, which the server presents too."""
    certificate = x509.load_pem_x509_certificate(tls.certificate_file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    dns_names = names.get_values_for_type(x509.DNSName)
    if not dns_names:
        raise ProbeError(f"{tls.certificate_file}: has no DNS name")
    return dns_names[0]


def check(tls: TLSSettings, port: int) -> None:
    """Raises ProbeError unless the process on `port` says SERVING."""
    credentials = grpc.ssl_channel_credentials(
        root_certificates=tls.ca_file.read_bytes(),
        private_key=tls.private_key_file.read_bytes(),
        certificate_chain=tls.certificate_file.read_bytes(),
    )
    options = (
        ("grpc.ssl_target_name_override", server_name(tls)),
        ("grpc.enable_http_proxy", 0),
    )
    with grpc.secure_channel(f"{HOST}:{port}", credentials, options) as channel:
        stub = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_S)
        except grpc.RpcError as error:
            raise ProbeError(f"port {port}: {error.code().name}") from None
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise ProbeError(f"port {port}: not serving")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="servicekit.probe", description="Is it serving?")
    parser.add_argument("--config", type=Path, required=True, help="the service's TOML file")
    parser.add_argument("--port", type=int, help="instead of the file's [listen] port")
    arguments = parser.parse_args(argv)
    try:
        tls, port = read(arguments.config)
        check(tls, arguments.port or port)
    except (ProbeError, OSError, ValueError) as error:
        sys.stderr.write(f"probe: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

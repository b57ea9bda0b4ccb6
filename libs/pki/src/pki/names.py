"""The names in a certificate: the house's own, and the hosts that outsiders call."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from cryptography import x509

IDENTITY = re.compile(r"(client/|operator/)?[a-z0-9](-?[a-z0-9]){0,62}")


def house_names(identity: str) -> list[x509.GeneralName]:
    """SPIFFE URI and DNS name of "auth" or "client/payroll". Raises ValueError."""
    if not IDENTITY.fullmatch(identity):
        raise ValueError(
            f"{identity!r} is no identity: lower-case letters, digits and single hyphens, "
            "for example client/payroll"
        )
    return [
        x509.UniformResourceIdentifier(f"spiffe://gerbang/{identity}"),
        x509.DNSName(f"{identity.replace('/', '.')}.gerbang.internal"),
    ]


def host_names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    """Host names and addresses as a client types them."""
    return [_host_name(host) for host in hosts]


def _host_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)

"""Every service and RPC of the contracts, found in the generated package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

import gerbang
from google.protobuf.descriptor import ServiceDescriptor


def services() -> Sequence[ServiceDescriptor]:
    """Every service, by full name ("gerbang.auth.v1.TokenService")."""
    found: dict[str, ServiceDescriptor] = {}
    for module in pkgutil.walk_packages(gerbang.__path__, "gerbang."):
        if module.name.endswith("_pb2"):
            descriptor = importlib.import_module(module.name).DESCRIPTOR
            for service in descriptor.services_by_name.values():
                found[service.full_name] = service
    return [found[name] for name in sorted(found)]


def package_of(service: ServiceDescriptor) -> str:
    """The part that serves it: "bank_adapter" for gerbang.bank_adapter.v1.*."""
    return service.full_name.split(".")[1]

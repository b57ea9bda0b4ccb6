"""The REST side of the contracts, read from the descriptor set.

An RPC is public when its proto gives it a `google.api.http` rule. This module
only reads; which scope an RPC needs is in `surface.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2

_VARIABLE = re.compile(r"\{([a-z0-9_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One HTTP method and path of one RPC."""

    # The full method name, for example /gerbang.auth.v1.TokenService/IssueToken.
    rpc: str
    # HTTP, upper case.
    method: str
    # The path with its variables, for example /v1/transfers/{transfer_id}:inquire.
    template: str
    # What a query may hold, in lowerCamelCase; nothing on a mutating call.
    query_names: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """`gerbang.auth.v1.TokenService`."""
        return self.rpc.split("/")[1]

    @property
    def upstream(self) -> str:
        """The service's folder name: `bank-adapter` for gerbang.bank_adapter.v1."""
        return self.rpc.removeprefix("/gerbang.").split(".")[0].replace("_", "-")

    @property
    def mutating(self) -> bool:
        return self.method != "GET"

    def path_match(self) -> dict[str, object]:
        """Envoy's matcher for exactly this path.

        A variable is one path segment without a colon: the colon starts the
        custom verb of aip.dev/136, and no identifier of ours holds one.
        """
        if not _VARIABLE.search(self.template):
            return {"path": self.template}
        literals = map(re.escape, re.split(r"\{[a-z0-9_]+\}", self.template))
        return {"safe_regex": {"regex": "[^/:]+".join(literals)}}


def read_descriptors(path: Path) -> descriptor_pb2.FileDescriptorSet:
    return descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())


def read_bindings(descriptors: descriptor_pb2.FileDescriptorSet) -> tuple[Binding, ...]:
    """Every REST binding, in the order of the protos."""
    messages = {
        f".{file.package}.{message.name}": message
        for file in descriptors.file
        for message in file.message_type
    }
    return tuple(
        Binding(
            rpc=f"/{file.package}.{service.name}/{method.name}",
            method=verb,
            template=path,
            query_names=_query_names(messages[method.input_type], path) if verb == "GET" else (),
        )
        for file in descriptors.file
        for service in file.service
        for method in service.method
        for verb, path in _rules(method)
    )


def by_path(bindings: tuple[Binding, ...]) -> Mapping[str, tuple[Binding, ...]]:
    paths: dict[str, tuple[Binding, ...]] = {}
    for binding in bindings:
        paths[binding.template] = (*paths.get(binding.template, ()), binding)
    return paths


def _query_names(message: descriptor_pb2.DescriptorProto, path: str) -> tuple[str, ...]:
    """The request's fields that are not in the path; all must be flat."""
    bound = set(_VARIABLE.findall(path))
    return tuple(field.json_name for field in message.field if field.name not in bound)


def _rules(method: descriptor_pb2.MethodDescriptorProto) -> Iterator[tuple[str, str]]:
    # The stubs type extensions for generated code only.
    extension: Any = annotations_pb2.http
    if not method.options.HasExtension(extension):
        return
    rule: http_pb2.HttpRule = method.options.Extensions[extension]
    for each in (rule, *rule.additional_bindings):
        verb = each.WhichOneof("pattern")
        if verb is None or verb == "custom":
            raise ValueError(f"{method.name}: only get, put, post, delete and patch are routed")
        yield verb.upper(), getattr(each, verb)

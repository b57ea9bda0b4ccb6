"""The contracts with their comments, as the OpenAPI generator wants to read them.

protoc is asked for the source comments as well, which the descriptor set for
Envoy leaves out. Nothing here knows OpenAPI; neighbours are openapi_schemas.py
(messages become schemas) and openapi.py (RPCs become paths).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from edge.bindings import Binding, read_bindings
from google.protobuf import descriptor_pb2

import protos

Comments: TypeAlias = Mapping[tuple[int, ...], str]

# Field numbers inside FileDescriptorProto and its children, as source paths use them.
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD, _NESTED, _NESTED_ENUM, _VALUE, _METHOD = 2, 3, 4, 2, 2
_SNAKE = re.compile(r"_([a-z0-9])")
_QUOTED = re.compile(r"`([a-z0-9_]+)`")
# Sentences about how services talk among themselves are not for the ERP.
_INTERNAL = ("x-gerbang-", "`document`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `type_name` is the full name of its message or enum, else empty."""

    name: str
    json_name: str
    kind: int
    repeated: bool
    type_name: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; `map_entry` marks protobuf's own form of a map."""

    full_name: str
    comment: str
    fields: tuple[Field, ...]
    map_entry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """One enum; a value is a name with its comment. The zero value is left out."""

    full_name: str
    comment: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One RPC. `rpc` is the full method, as in Binding."""

    rpc: str
    comment: str
    request: str
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Everything, by full name without the leading point."""

    messages: Mapping[str, Message]
    enums: Mapping[str, Enum]
    methods: Mapping[str, Method]
    bindings: tuple[Binding, ...]


def camel(name: str) -> str:
    """`transfer_id` as JSON writes it."""
    return _SNAKE.sub(lambda found: found[1].upper(), name)


def read() -> Contract:
    """Builds a descriptor set with comments and reads it."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "contract.binpb"
        protos.protoc(
            "--include_imports",
            "--include_source_info",
            f"--descriptor_set_out={target}",
            *protos.sources(),
        )
        files = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes())
    reader = _Reader()
    for file in files.file:
        reader.read(file)
    return Contract(
        messages=reader.messages,
        enums=reader.enums,
        methods=reader.methods,
        bindings=read_bindings(files),
    )


class _Reader:
    """Collects what the files hold."""

    def __init__(self) -> None:
        self.messages: dict[str, Message] = {}
        self.enums: dict[str, Enum] = {}
        self.methods: dict[str, Method] = {}

    def read(self, file: descriptor_pb2.FileDescriptorProto) -> None:
        comments = {
            tuple(place.path): _public(place.leading_comments)
            for place in file.source_code_info.location
        }
        for index, message in enumerate(file.message_type):
            self._message(message, file.package, (_MESSAGE, index), comments)
        for index, enum in enumerate(file.enum_type):
            self._enum(enum, file.package, (_ENUM, index), comments)
        for index, service in enumerate(file.service):
            for place, method in enumerate(service.method):
                rpc = f"/{file.package}.{service.name}/{method.name}"
                self.methods[rpc] = Method(
                    rpc=rpc,
                    comment=comments.get((_SERVICE, index, _METHOD, place), ""),
                    request=method.input_type.lstrip("."),
                    response=method.output_type.lstrip("."),
                )

    def _message(
        self,
        message: descriptor_pb2.DescriptorProto,
        scope: str,
        path: tuple[int, ...],
        comments: Comments,
    ) -> None:
        name = f"{scope}.{message.name}"
        self.messages[name] = Message(
            full_name=name,
            comment=comments.get(path, ""),
            fields=tuple(
                Field(
                    name=field.name,
                    json_name=field.json_name,
                    kind=field.type,
                    repeated=field.label == field.LABEL_REPEATED,
                    type_name=field.type_name.lstrip("."),
                    comment=comments.get((*path, _FIELD, index), ""),
                )
                for index, field in enumerate(message.field)
            ),
            map_entry=message.options.map_entry,
        )
        for index, inner in enumerate(message.nested_type):
            self._message(inner, name, (*path, _NESTED, index), comments)
        for index, enum in enumerate(message.enum_type):
            self._enum(enum, name, (*path, _NESTED_ENUM, index), comments)

    def _enum(
        self,
        enum: descriptor_pb2.EnumDescriptorProto,
        scope: str,
        path: tuple[int, ...],
        comments: Comments,
    ) -> None:
        name = f"{scope}.{enum.name}"
        self.enums[name] = Enum(
            full_name=name,
            comment=comments.get(path, ""),
            values=tuple(
                (value.name, comments.get((*path, _VALUE, index), ""))
                for index, value in enumerate(enum.value)
                if value.number != 0
            ),
        )


def _public(comment: str) -> str:
    """The comment in the words of REST: camelCase names, headers, one line a paragraph."""
    paragraphs = []
    for paragraph in comment.strip().split("\n\n"):
        text = " ".join(line.strip() for line in paragraph.strip().splitlines())
        sentences = re.split(r"(?<=[.:;]) (?=[A-Z])", text)
        kept = [each for each in sentences if not any(word in each for word in _INTERNAL)]
        text = _QUOTED.sub(lambda found: f"`{camel(found[1])}`", " ".join(kept))
        text = text.replace("The metadata `", "The header `").replace(
            "the metadata `", "the header `"
        )
        if text:
            paragraphs.append(text)
    return "\n\n".join(paragraphs)

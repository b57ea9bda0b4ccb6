"""Messages of the contracts as JSON schemas, as far as OpenAPI 3.0 and 2.0 both go.

Requests are closed (an unknown member is refused) and name what must be there;
answers are open and name what is always there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import openapi_rules as rules
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Kind
from openapi_contract import Contract, Enum, Field, Message

Schema = dict[str, Any]

_INSTANT = "google.protobuf.Timestamp"
_ERROR_REASON = "gerbang.common.v1.ErrorReason"
_REASON_PREFIX = "ERROR_REASON_"
_SCALARS: dict[int, Schema] = {
    Kind.TYPE_STRING: {"type": "string"},
    Kind.TYPE_BOOL: {"type": "boolean"},
    Kind.TYPE_INT32: {"type": "integer", "format": "int32"},
    # 64 bits are text in protobuf's JSON.
    Kind.TYPE_UINT64: {"type": "string", "pattern": "^[0-9]+$"},
}


class SchemaError(Exception):
    """A contract holds something that this generator has no words for."""


class Schemas:
    """Makes schemas on demand and keeps them for `components`."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._made: dict[str, Schema] = {}

    @property
    def made(self) -> dict[str, Schema]:
        """Every schema that was referred to, by name, in alphabetical order."""
        return dict(sorted(self._made.items()))

    def reference(self, name: str) -> Schema:
        return {"$ref": f"#/components/schemas/{name}"}

    def add(self, name: str, schema: Schema) -> Schema:
        self._made[name] = schema
        return self.reference(name)

    def answer(self, full_name: str) -> Schema:
        """A reference to the schema of a message in an answer."""
        message = self._contract.messages[full_name]
        name = _short(full_name)
        if name not in self._made:
            self._made[name] = {}  # it may hold itself
            self._made[name] = self._answer(message, name)
        return self.reference(name)

    def request(self, full_name: str, *, without: Iterable[str]) -> Schema:
        """A reference to the schema of a JSON body; `without` are fields of the path."""
        message = self._contract.messages[full_name]
        name = _short(full_name)
        fields = [field for field in message.fields if field.name not in {*without, "document"}]
        schema: Schema = {"type": "object", "additionalProperties": False}
        required = rules.REQUIRED.get(name, ())
        if required:
            schema["required"] = [f.json_name for f in fields if f.name in required]
        if fields:
            schema["properties"] = {
                field.json_name: self.field(field, owner=name) for field in fields
            }
        else:
            schema["maxProperties"] = 0
        return self.add(name, schema)

    def field(self, field: Field, *, owner: str) -> Schema:
        """The schema of one field, with its comment and its rules."""
        schema = self._plain(field)
        if field.comment:
            schema = _described(schema, field.comment)
        extra = dict(rules.FIELDS.get(f"{owner}.{field.name}", {}))
        if "description" in extra:
            schema = _described(schema, str(extra.pop("description")))
        return {**schema, **extra}

    def error_reasons(self) -> list[str]:
        """The closed list, without its prefix."""
        values = self._contract.enums[_ERROR_REASON].values
        return [name.removeprefix(_REASON_PREFIX) for name, _ in values]

    def _answer(self, message: Message, name: str) -> Schema:
        always = {
            field.json_name
            for field in message.fields
            if field.repeated
            or field.kind != Kind.TYPE_MESSAGE
            or field.name in rules.ALWAYS_SET.get(name, ())
        }
        if name in rules.REQUIRED:
            always = {f.json_name for f in message.fields if f.name in rules.REQUIRED[name]}
        schema: Schema = {"type": "object"}
        if message.comment:
            schema["description"] = message.comment
        if always:
            schema["required"] = [f.json_name for f in message.fields if f.json_name in always]
        schema["properties"] = {
            field.json_name: self.field(field, owner=name) for field in message.fields
        }
        return schema

    def _plain(self, field: Field) -> Schema:
        if field.kind == Kind.TYPE_MESSAGE:
            return self._of_message(field)
        if field.kind == Kind.TYPE_ENUM:
            return self._listed(field, self._of_enum(self._contract.enums[field.type_name]))
        if field.kind not in _SCALARS:
            raise SchemaError(f"{field.name}: no words for a field of kind {field.kind}")
        return self._listed(field, dict(_SCALARS[field.kind]))

    def _of_message(self, field: Field) -> Schema:
        if field.type_name == _INSTANT:
            return self._listed(field, {"type": "string", "format": "date-time"})
        message = self._contract.messages[field.type_name]
        if message.map_entry:
            return {"type": "object", "additionalProperties": {"type": "string"}}
        return self._listed(field, self.answer(field.type_name))

    def _of_enum(self, enum: Enum) -> Schema:
        name = _short(enum.full_name)
        if name not in self._made:
            meanings = [f"- `{value}`: {what}" for value, what in enum.values if what]
            text = "\n".join([enum.comment, "", *meanings] if meanings else [enum.comment])
            schema: Schema = {"type": "string", "enum": [value for value, _ in enum.values]}
            self._made[name] = _described(schema, text.strip()) if text.strip() else schema
        return self.reference(name)

    @staticmethod
    def _listed(field: Field, schema: Schema) -> Schema:
        return {"type": "array", "items": schema} if field.repeated else schema


def _described(schema: Schema, text: str) -> Schema:
    if "$ref" in schema:
        # Beside a $ref nothing else is read (OpenAPI 3.0 and 2.0).
        return {"allOf": [schema], "description": text}
    return {**schema, "description": text}


def _short(full_name: str) -> str:
    """`Transfer.State` becomes TransferState; packages are left out."""
    parts = [part for part in full_name.split(".") if part[:1].isupper()]
    return "".join(parts)


def unused_rules(contract: Contract) -> list[str]:
    """Keys of the rules that no contract has."""
    fields = {
        f"{_short(message.full_name)}.{field.name}"
        for message in contract.messages.values()
        for field in message.fields
    }
    listed = {**rules.REQUIRED, **rules.ALWAYS_SET}
    named = {f"{owner}.{name}" for owner, names in listed.items() for name in names}
    return sorted((named | rules.FIELDS.keys()) - fields)

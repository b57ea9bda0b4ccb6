"""What JSON a message accepts, worked out once from its descriptor.

Neighbour of strict_json, which decodes the text; this module checks names and
types and fills the message. Only what Gerbang's requests use is supported; a
message with anything else is refused when the server is built.
"""

import base64
import binascii
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from servicekit.errors import ServiceError, invalid_argument

_KINDS = FieldDescriptor
# C0 and C1 controls, DEL, and halves of surrogate pairs, which no UTF-8 can hold.
_FORBIDDEN_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_INTEGER_TEXT = re.compile(r"(?:0|-?[1-9][0-9]{0,19})\Z")
_INTEGER_LIMITS = {
    _KINDS.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    _KINDS.CPPTYPE_UINT32: (0, 2**32 - 1),
    _KINDS.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    _KINDS.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_WRITTEN_AS_TEXT = (_KINDS.CPPTYPE_INT64, _KINDS.CPPTYPE_UINT64)
_TEXT_MESSAGES = ("google.protobuf.Timestamp", "google.protobuf.Duration")

Convert = Callable[[Any, str], Any]


class SchemaError(Exception):
    """A message holds a kind of field that has no strict JSON form here."""


class JSONObject(tuple[tuple[str, Any], ...]):
    """A decoded JSON object: its pairs in order, repeated keys and all."""

    __slots__ = ()


def _wrong(path: str, message: str) -> ServiceError:
    return invalid_argument("INVALID_FIELD", message, path)


class MessageSchema:
    """The JSON form of one message type, less the fields in `without`."""

    __slots__ = ("_fields",)

    def __init__(self, descriptor: Descriptor, *, without: frozenset[str] = frozenset()) -> None:
        self._fields: dict[str, _Field] = {}
        for field in descriptor.fields:
            if field.name not in without:
                self._fields[field.json_name] = _Field(field)

    def fill(self, message: Message, pairs: JSONObject, path: str) -> None:
        """Set every member of the object on the message, in the order they stand.

        `path` is the object's own JSON path, empty at the top. Raises
        ServiceError naming the member at fault.
        """
        seen: set[str] = set()
        for name, value in pairs:
            where = f"{path}.{name}" if path else name
            field = self._fields.get(name)
            if field is None:
                raise invalid_argument("UNKNOWN_FIELD", "unknown field", _printable(where))
            if name in seen:
                raise invalid_argument("REPEATED_FIELD", "given more than once", where)
            seen.add(name)
            if value is None:
                raise _wrong(where, "must not be null; leave it out")
            if field.oneof is not None:
                if field.oneof in seen:
                    raise _wrong(where, "cannot be given beside another of its alternatives")
                seen.add(field.oneof)
            field.put(message, value, where)


def _printable(path: str) -> str:
    # The name comes from the client: bounded, and without control characters.
    return _FORBIDDEN_CHARACTER.sub("�", path)[:200]


class _Field:
    """One field: how its JSON value is checked and where it goes."""

    __slots__ = ("_put", "name", "oneof")

    def __init__(self, field: FieldDescriptor) -> None:
        self.name = field.name
        oneof = field.containing_oneof
        # An optional field is a oneof of its own, which excludes nothing.
        # The blank keeps the name apart from every JSON member.
        self.oneof = f" {oneof.name}" if oneof is not None and len(oneof.fields) > 1 else None
        self._put = _putter(field)

    def put(self, message: Message, value: Any, path: str) -> None:
        self._put(message, value, path)


def _putter(field: FieldDescriptor) -> Callable[[Message, Any, str], None]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return _map_putter(field)
    if field.is_repeated:
        return _list_putter(field)
    if field.message_type is not None:
        return _message_putter(field)
    convert, name = _scalar(field), field.name

    def put(message: Message, value: Any, path: str) -> None:
        setattr(message, name, convert(value, path))

    return put


def _message_putter(field: FieldDescriptor) -> Callable[[Message, Any, str], None]:
    assert field.message_type is not None  # noqa: S101 - its caller looked
    fill, name = _filler(field.message_type), field.name

    def put(message: Message, value: Any, path: str) -> None:
        part = getattr(message, name)
        # An empty object is a message that is present.
        part.SetInParent()
        fill(part, value, path)

    return put


def _list_putter(field: FieldDescriptor) -> Callable[[Message, Any, str], None]:
    name = field.name
    fill = _filler(field.message_type) if field.message_type is not None else None
    convert = _scalar(field) if fill is None else None

    def put(message: Message, value: Any, path: str) -> None:
        if type(value) is not list:
            raise _wrong(path, "must be an array")
        target = getattr(message, name)
        for index, item in enumerate(value):
            where = f"{path}[{index}]"
            if item is None:
                raise _wrong(where, "must not be null")
            if fill is not None:
                fill(target.add(), item, where)
            elif convert is not None:
                target.append(convert(item, where))

    return put


def _map_putter(field: FieldDescriptor) -> Callable[[Message, Any, str], None]:
    assert field.message_type is not None  # noqa: S101 - its caller looked
    key_field = field.message_type.fields_by_name["key"]
    value_field = field.message_type.fields_by_name["value"]
    if key_field.type != _KINDS.TYPE_STRING or value_field.message_type is not None:
        raise SchemaError(f"{field.full_name}: only maps from text to scalars")
    name, convert = field.name, _scalar(value_field)

    def put(message: Message, value: Any, path: str) -> None:
        if type(value) is not JSONObject:
            raise _wrong(path, "must be an object")
        target = getattr(message, name)
        for key, item in value:
            where = _printable(f"{path}.{key}")
            if key in target:
                raise invalid_argument("REPEATED_FIELD", "given more than once", where)
            if item is None:
                raise _wrong(where, "must not be null")
            target[_text(key, where)] = convert(item, where)

    return put


def _filler(descriptor: Descriptor) -> Callable[[Message, Any, str], None]:
    if descriptor.full_name in _TEXT_MESSAGES:
        return _fill_from_text
    if descriptor.full_name.startswith("google."):
        raise SchemaError(f"{descriptor.full_name} has no strict JSON form here")

    def fill(message: Message, value: Any, path: str) -> None:
        if type(value) is not JSONObject:
            raise _wrong(path, "must be an object")
        # Looked up late: a message may hold itself.
        schema_of(descriptor).fill(message, value, path)

    return fill


@cache
def schema_of(descriptor: Descriptor) -> MessageSchema:
    """The schema of a message that stands inside a request."""
    return MessageSchema(descriptor)


def _fill_from_text(message: Any, value: Any, path: str) -> None:
    try:
        message.FromJsonString(_text(value, path))
    except ValueError:
        kind = "an RFC 3339 time" if message.DESCRIPTOR.name == "Timestamp" else "a duration"
        raise _wrong(path, f"must be {kind}") from None


def _scalar(field: FieldDescriptor) -> Convert:
    kind = field.cpp_type
    if kind in _INTEGER_LIMITS:
        lowest, highest = _INTEGER_LIMITS[kind]
        return _integer(lowest, highest, as_text=kind in _WRITTEN_AS_TEXT)
    if field.enum_type is not None:
        return _enum(field.enum_type)
    if kind == _KINDS.CPPTYPE_BOOL:
        return _boolean
    if kind in (_KINDS.CPPTYPE_DOUBLE, _KINDS.CPPTYPE_FLOAT):
        return _number
    return _bytes if field.type == _KINDS.TYPE_BYTES else _text


def _text(value: Any, path: str) -> str:
    if type(value) is not str:
        raise _wrong(path, "must be a string")
    if _FORBIDDEN_CHARACTER.search(value):
        raise _wrong(path, "must not hold control characters")
    return value


def _boolean(value: Any, path: str) -> bool:
    if type(value) is not bool:
        raise _wrong(path, "must be true or false")
    return value


def _number(value: Any, path: str) -> float:
    if type(value) not in (int, float):
        raise _wrong(path, "must be a number")
    try:
        return float(value)
    except OverflowError:
        raise _wrong(path, "is out of range") from None


def _bytes(value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(_text(value, path), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong(path, "must be base64") from None


def _enum(enum: EnumDescriptor) -> Convert:
    numbers = {value.name: value.number for value in enum.values}

    def convert(value: Any, path: str) -> int:
        number = numbers.get(_text(value, path))
        if number is None:
            raise _wrong(path, "is not one of the allowed values")
        return number

    return convert


def _integer(lowest: int, highest: int, *, as_text: bool) -> Convert:
    def convert(value: Any, path: str) -> int:
        # JSON's 64-bit integers are written as text; both forms are accepted.
        if as_text and type(value) is str and _INTEGER_TEXT.match(value):
            value = int(value)
        if type(value) is not int:
            raise _wrong(path, "must be an integer")
        if not lowest <= value <= highest:
            raise _wrong(path, "is out of range")
        return value

    return convert

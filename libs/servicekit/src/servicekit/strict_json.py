"""Parses a client's JSON document into a request message, strictly.

Protobuf's own parser lets a repeated key, snake_case, null, enum numbers, NUL
characters and `5.0` for an integer pass without a word; here each is refused
with the JSON path of the field at fault. Nothing is ever guessed or dropped.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from google.protobuf.message import Message

from servicekit import limits
from servicekit.errors import ServiceError, invalid_argument
from servicekit.json_schema import JSONObject, MessageSchema

# Only blanks and one optional parameter; charsets other than UTF-8 are refused.
_CONTENT_TYPE = re.compile(
    r'application/json[ \t]*(;[ \t]*charset=("?)utf-8\2[ \t]*)?\Z', re.IGNORECASE
)
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]')


def parse(
    document: bytes,
    content_type: str,
    message: Message,
    schema: MessageSchema,
    *,
    max_bytes: int = limits.DOCUMENT_MAX_BYTES,
) -> None:
    """Fill `message` from the document; an empty document is an empty object.

    Raises ServiceError (INVALID_ARGUMENT) with UNSUPPORTED_CONTENT_TYPE,
    BODY_TOO_LARGE, MALFORMED_JSON, UNKNOWN_FIELD, REPEATED_FIELD or
    INVALID_FIELD. The message is then half filled and must be thrown away.
    """
    if not document:
        return
    if not _CONTENT_TYPE.match(content_type):
        raise invalid_argument("UNSUPPORTED_CONTENT_TYPE", "the body must be application/json")
    if len(document) > max_bytes:
        raise invalid_argument("BODY_TOO_LARGE", f"the body must not exceed {max_bytes} bytes")
    root = _decode(document)
    if type(root) is not JSONObject:
        raise _malformed("the body must be a JSON object")
    schema.fill(message, root, "")


def _decode(document: bytes) -> Any:
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("the body is not valid UTF-8") from None
    if document.count(b"{") + document.count(b"[") > limits.DOCUMENT_MAX_DEPTH:
        _check_depth(text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _malformed(
            f"the body is not JSON: line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:
        # An integer with more digits than Python converts.
        raise _malformed("the body holds a number that is too long") from None


def _check_depth(text: str) -> None:
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        match found.group()[0]:
            case "{" | "[":
                depth += 1
                if depth > limits.DOCUMENT_MAX_DEPTH:
                    raise _malformed(
                        f"the body is nested deeper than {limits.DOCUMENT_MAX_DEPTH} levels"
                    )
            case "}" | "]":
                depth -= 1


def _constant(name: str) -> NoReturn:
    raise _malformed(f"the body holds {name}, which is not JSON")


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _malformed("the body holds a number that is too large")
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> JSONObject:
    return JSONObject(pairs)


def _malformed(message: str) -> ServiceError:
    return invalid_argument("MALFORMED_JSON", message)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)

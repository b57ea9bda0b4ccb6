"""Reads an `application/x-www-form-urlencoded` body, strictly.

Shared by the token endpoint and the login page. A repeated parameter is refused
(RFC 6749 section 3.2), one without a value counts as left out, and nothing that
is not plain text in UTF-8 gets through.
"""

import re
from urllib.parse import parse_qsl

from auth.limits import MAX_FORM_FIELDS

# One optional parameter, and only the charset that the bytes are read in.
_CONTENT_TYPE = re.compile(
    r'(?P<type>[a-z]+/[a-z0-9.+-]+)[ \t]*(;[ \t]*charset=("?)utf-8\3[ \t]*)?', re.IGNORECASE
)
FORM_TYPE = "application/x-www-form-urlencoded"
_FIRST_PRINTABLE = " "
_DELETE = "\x7f"


class FormError(Exception):
    """The body is no form, or not one that can be read in one way only.

    `repeated` names the parameter when one was given twice.
    """

    def __init__(self, message: str, *, repeated: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.repeated = repeated


def media_type(content_type: str) -> str | None:
    """The media type in lower case; None when it has another charset or is malformed."""
    match = _CONTENT_TYPE.fullmatch(content_type.strip())
    return match["type"].lower() if match is not None else None


def parse_form(body: bytes) -> dict[str, str]:
    """The parameters that have a value. Raises FormError."""
    if not body:
        return {}
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError:
        raise FormError(
            f"the body is not a form of at most {MAX_FORM_FIELDS} parameters in UTF-8"
        ) from None
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            raise FormError("a parameter is given more than once", repeated=name)
        form[name] = value
    if any(has_control_characters(text) for pair in pairs for text in pair):
        raise FormError("the body holds control characters")
    return {name: value for name, value in form.items() if value}


def has_control_characters(text: str) -> bool:
    return any(character < _FIRST_PRINTABLE or character == _DELETE for character in text)

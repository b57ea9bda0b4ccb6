"""Web origins, kept and compared as exact strings.

An origin is compared byte for byte with what a client sends, so one that no
client can send (upper case, a path, a default port) is refused when it is set.
"""

import re

from auth.domain.invalid_value import InvalidValueError

# RFC 6454 section 6.2, the serialised form, with a name or an IPv4 or IPv6 address.
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
)
_DEFAULT_PORT = {"http": "80", "https": "443"}
_MAX_PORT = 65_535


def check_origin(field: str, value: str) -> None:
    """Raise unless `value` is an origin exactly as a browser or an ERP would send it."""
    parts = _ORIGIN.fullmatch(value)
    if parts is None:
        raise InvalidValueError(
            field,
            f"{value!r} is not an origin such as https://erp.example.com "
            "(lower case, no path, no slash at the end)",
        )
    port = parts["port"]
    if port is None:
        return
    if int(port) > _MAX_PORT:
        raise InvalidValueError(field, f"{value!r} has a port above {_MAX_PORT}")
    if port == _DEFAULT_PORT[parts["scheme"]]:
        raise InvalidValueError(
            field, f"{value!r} names the default port, which no client sends; leave it out"
        )

"""An event as the text that is stored and chained: compact JSON.

    {"eventId":"…","occurUs":1700000000000000,"service":"bank-adapter","kind":"…",…,
     "request":{"method":"POST","target":"/…","headers":{…},"body":"…","bodySha256":"…"},
     "response":{"status":200,…},"attributes":{…}}

Names are those of the contract, in the order of domain/event.py, the keys of a
map in alphabetical order; `occurUs` is epoch microseconds; what is empty is
left out. The chain hashes these bytes as they are stored, so no later version
of this file or of a JSON library can change an old link. Reading is strict: a
text with another field, or a field of another type, raises ValueError.
"""

from typing import Final

import msgspec

from audit.domain.event import Event

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(Event)


def to_content(event: Event) -> bytes:
    """The text of an event, in UTF-8."""
    return _ENCODER.encode(event)


def from_content(content: bytes) -> Event:
    """The event of a text. Raises ValueError when it is not one of ours."""
    try:
        return _DECODER.decode(content)
    except msgspec.DecodeError as error:
        raise ValueError("the text is not one of an event") from error

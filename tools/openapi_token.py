"""The two paths whose bodies are no messages of the contract: token and keys.

Their shapes are RFC 6749's and RFC 7517's; what the service adds is auth's
entrypoints/token_request.py and token_error.py.
"""

from __future__ import annotations

from typing import Any, Final

import openapi_examples as examples

Schema = dict[str, Any]

TOKEN_REQUEST: Final[Schema] = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "client_id": {
            "type": "string",
            "description": "Only without HTTP Basic; then with client_secret.",
        },
        "client_secret": {"type": "string", "format": "password"},
        "scope": {
            "type": "string",
            "description": "Scope names parted by single blanks. Left out: all that the client "
            "holds.",
        },
    },
}

TOKEN: Final[Schema] = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"type": "string", "enum": ["Bearer"]},
        "expires_in": {
            "type": "integer",
            "description": "Seconds. Ask for the next token a little earlier.",
            "maximum": 300,
        },
        "scope": {"type": "string"},
    },
    "example": examples.TOKEN,
}

JWKS: Final[Schema] = {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
}


def token_error(error: Schema) -> Schema:
    """The house's error with the members of RFC 6749 section 5.2 beside its own."""
    return {
        "type": "object",
        "required": [*error["required"], "error", "error_description"],
        "properties": {
            **error["properties"],
            "error": {
                "type": "string",
                "description": "RFC 6749 section 5.2, for example invalid_client.",
            },
            "error_description": {"type": "string"},
        },
    }

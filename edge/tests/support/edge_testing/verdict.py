"""Reading an error as an ERP would, and insisting on its shape."""

from __future__ import annotations

from typing import Any

import httpx
from gerbang.common.v1 import error_reason_pb2

_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def refusal(response: httpx.Response) -> tuple[int, str]:
    """(HTTP status, reason), after checking the one error shape."""
    assert response.headers["content-type"] == "application/json", response.text
    body: dict[str, Any] = response.json()
    assert body.keys() == {"code", "message", "details"}
    assert isinstance(body["code"], int)
    assert body["message"]
    info = body["details"][0]
    assert info["@type"] == _ERROR_INFO
    assert info["domain"] == "gerbang"
    assert error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{info['reason']}")
    return response.status_code, info["reason"]

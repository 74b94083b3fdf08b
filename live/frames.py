"""Text frames that are the same on every connection."""

from collections.abc import Mapping
from typing import Any

import msgspec


def encode(frame: Mapping[str, Any]) -> str:
    """One text frame."""
    return msgspec.json.encode(frame).decode()


def error_frame(code: str, message: str) -> str:
    """What was wrong with something a client sent; the connection stays."""
    return encode({"type": "error", "code": code, "message": message})

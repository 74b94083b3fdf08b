"""Text frames that are the same on every connection."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec


def encode(frame: Mapping[str, Any]) -> str:
    """One text frame."""
    return msgspec.json.encode(frame).decode()


def error_frame(code: str, message: str) -> str:
    """What was wrong with something a client sent; the connection stays."""
    return encode({"type": "error", "code": code, "message": message})


def sent_at() -> str:
    """When a frame is sent: ISO-8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def heartbeat() -> str:
    """A sign of life."""
    return encode({"type": "heartbeat", "sent_at": sent_at()})

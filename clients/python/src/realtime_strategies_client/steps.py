"""What a client does, stated once for both faces.

A call is a generator that yields what is to be done next and is sent what came of it; it neither waits nor reads by
itself. `faces` carries the steps out, with or without asyncio. What failed is thrown in where it was asked for.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Request:
    """Sent the httpx.Response; an httpx.TransportError is thrown in.

    With `file` the body of a success goes there as it comes, and not into the response.
    """

    method: str
    path: str  # below /api/v1, percent-encoded
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None


@dataclass(frozen=True)
class Wait:
    seconds: float


@dataclass(frozen=True)
class Connect:
    """Opens a WebSocket in place of the one there is; what `websockets` raises is thrown in."""

    path: str  # below /ws, percent-encoded, with its query


@dataclass(frozen=True)
class Receive:
    """Sent the next text, or None where none came in time."""

    seconds: float


@dataclass(frozen=True)
class Send:
    text: str


@dataclass(frozen=True)
class Disconnect:
    pass


@dataclass(frozen=True)
class Show(Generic[S]):
    """Hands something to whoever iterates."""

    item: S


Step = Request | Wait | Connect | Receive | Send | Disconnect
Steps = Generator[Step, Any, T]
"""A call that ends with a T."""
Series = Generator[Step | Show[S], Any, None]
"""A call that shows one S after another."""

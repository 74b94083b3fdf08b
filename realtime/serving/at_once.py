"""Answers that are at hand when a question comes: nobody has to wait for them, and no task is made."""

from collections.abc import Callable
from typing import Any, NamedTuple, Self

Headers = list[tuple[bytes, bytes]]


class Ready(NamedTuple):
    """A whole answer: as an application sends it, and its headers as they are on the wire."""

    status: int
    headers: Headers
    body: bytes
    lines: bytes

    @classmethod
    def of(cls, status: int, headers: Headers, body: bytes = b"") -> Self:
        """Of the same bytes that uvicorn would make of it."""
        lines = (part for name, value in headers for part in (name.lower(), b": ", value, b"\r\n"))
        return cls(status, headers, body, b"".join(lines))


Asked = Callable[[], Ready | None]
"""Returns the application's answer to a question as it is now, or None where it is not at hand now."""
AtHand = Callable[[Any], Asked | None]
"""Takes the ASGI scope of a request without a body; None where no answer to it is ever at hand."""


def nothing(_: Any) -> None:
    """What an application has at hand that keeps no answers."""

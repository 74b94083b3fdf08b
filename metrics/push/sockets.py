"""What the hub needs to know of those who follow rows or a book."""

from typing import Protocol

from live.sockets import Socket
from metrics.domain.choice import Choice
from metrics.push.frames import Filter


class PressureSocket(Socket, Protocol):
    """Follows rows: all of them, or those of its filter."""

    wanted: Filter


class DepthSocket(Socket, Protocol):
    """Follows the whole book of one symbol, at one of its markets."""

    symbol: str
    choice: Choice

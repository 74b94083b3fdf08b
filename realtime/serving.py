"""Daphne, with one addition: an application can see that a socket's reader is too slow."""

from collections.abc import Callable
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.server import Server
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

CONGESTED = "is_congested"
"""Key in the scope of a WebSocket: a function that says whether bytes are piling up for its reader."""


@implementer(IPushProducer)
class WriteBuffer:
    """Told by the transport when its buffer fills and when it has drained again."""

    def __init__(self) -> None:
        self.is_full = False

    def pauseProducing(self) -> None:
        self.is_full = True

    def resumeProducing(self) -> None:
        self.is_full = False

    def stopProducing(self) -> None:
        self.is_full = True


class BackpressureServer(Server):
    """Gives every WebSocket scope a view of its write buffer."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket":
            scope[CONGESTED] = _watch(protocol.transport)
        return super().create_application(protocol, scope)


class CommandLine(CommandLineInterface):
    server_class = BackpressureServer


def _watch(transport: Any) -> Callable[[], bool]:
    buffer = WriteBuffer()
    # The HTTP channel that accepted the request is still registered, and has nothing more to say.
    transport.unregisterProducer()
    transport.registerProducer(buffer, True)
    return lambda: buffer.is_full

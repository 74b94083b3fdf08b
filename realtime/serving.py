"""Daphne, with what it lacks: applications see that a reader is too slow, and sockets close by the book."""

from collections.abc import Callable
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.server import Server
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

CONGESTED = "is_congested"
"""Key in the scope of a WebSocket: a function that says whether bytes are piling up for its reader."""

TEXT, BINARY = 1, 2  # opcodes
NORMAL_CLOSURE = 1000


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


class WebServer(Server):
    """Gives every WebSocket scope a view of its write buffer, and sends what Daphne by itself fails to.

    Those are the close codes of RFC 6455 (1008 for a broken rule, 1009 for too large a message), messages
    larger than those we would read, and nothing, rather than an error, to a socket that is closing.
    """

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket":
            scope[CONGESTED] = _watch(protocol.transport)
            protocol.failByDrop = False  # whoever breaks the protocol is told so before the end
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        kind = message["type"]
        if not kind.startswith("websocket.") or protocol.state == protocol.STATE_CONNECTING:
            await super().handle_reply(protocol, message)
        elif protocol.state == protocol.STATE_OPEN and kind == "websocket.close":
            protocol.sendCloseFrame(code=message.get("code") or NORMAL_CLOSURE)
        elif protocol.state == protocol.STATE_OPEN and kind == "websocket.send":
            text = message.get("text")
            opcode, payload = (BINARY, message["bytes"]) if text is None else (TEXT, text.encode())
            protocol.sendFrame(opcode=opcode, payload=payload)


class CommandLine(CommandLineInterface):
    server_class = WebServer


def _watch(transport: Any) -> Callable[[], bool]:
    buffer = WriteBuffer()
    # The HTTP channel that accepted the request is still registered, and has nothing more to say.
    transport.unregisterProducer()
    transport.registerProducer(buffer, True)
    return lambda: buffer.is_full

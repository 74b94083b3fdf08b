"""Daphne, with what it lacks: bounded bodies, sight of slow readers, and sockets that close by the book."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import daphne.server
from autobahn.twisted.websocket import ConnectionDeny
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from django.conf import settings
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from live.denial import DENIAL

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


class BoundedRequest(WebRequest):
    """A request whose body is neither kept without bounds nor read before the application is asked.

    Twisted would keep on disk whatever comes, and hang up without a word on a form it finds faulty. What is
    beyond the limit is read off the wire and dropped; the application refuses the request by its length.
    """

    room = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def handleContentChunk(self, data: bytes) -> None:
        super().handleContentChunk(data[: self.room])
        self.room -= min(self.room, len(data))

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        self.content.seek(0)  # a body that looks empty is not parsed
        super().requestReceived(command, path, version)


class BoundedHTTP(HTTPFactory):
    def buildProtocol(self, address: Any) -> Any:
        protocol = super().buildProtocol(address)
        protocol.requestFactory = BoundedRequest
        return protocol


class WebServer(Server):
    """Gives every WebSocket scope a view of its write buffer, and sends what Daphne by itself fails to.

    Those are the close codes of RFC 6455 (1008 for a broken rule, 1009 for too large a
    message), messages larger than those we would read, and nothing, rather than an error, to a socket that
    is closing.
    """

    def run(self) -> None:
        daphne.server.HTTPFactory = BoundedHTTP  # Daphne takes its factory from there, and only there
        super().run()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if scope["type"] == "websocket":
            scope[CONGESTED] = _watch(protocol.transport)
            scope["extensions"] = {DENIAL: {}}
            protocol.failByDrop = False  # whoever breaks the protocol is told so before the end
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == f"{DENIAL}.start":
            self._deny(protocol, HTTPStatus(message["status"]))
        elif kind == f"{DENIAL}.body":
            return  # the status says it all
        elif not kind.startswith("websocket.") or protocol.state == protocol.STATE_CONNECTING:
            await super().handle_reply(protocol, message)
        elif protocol.state == protocol.STATE_OPEN and kind == "websocket.close":
            protocol.sendCloseFrame(code=message.get("code") or NORMAL_CLOSURE)
        elif protocol.state == protocol.STATE_OPEN and kind == "websocket.send":
            text = message.get("text")
            opcode, payload = (BINARY, message["bytes"]) if text is None else (TEXT, text.encode())
            protocol.sendFrame(opcode=opcode, payload=payload)

    def _deny(self, protocol: Any, status: HTTPStatus) -> None:
        """End a handshake with another status than the 403 of a plain refusal, unless it is over."""
        connection = self.connections.get(protocol)
        if connection is None or "disconnected" in connection:
            return  # the client has left, or Daphne has waited long enough
        protocol.handshake_deferred.errback(ConnectionDeny(code=int(status), reason=status.phrase))
        del protocol.handshake_deferred
        self.protocol_disconnected(protocol)


class CommandLine(CommandLineInterface):
    server_class = WebServer


def _watch(transport: Any) -> Callable[[], bool]:
    buffer = WriteBuffer()
    # The HTTP channel that accepted the request is still registered, and has nothing more to say.
    transport.unregisterProducer()
    transport.registerProducer(buffer, True)
    return lambda: buffer.is_full

"""HTTP over uvicorn and httptools, which by themselves wait for a request for ever, however long its head grows."""

import resource
import sys
from asyncio import Transport
from enum import Enum
from typing import Any, NamedTuple

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from realtime.serving.at_once import Asked, AtHand, Ready, nothing
from realtime.serving.deadline import Deadline

PATIENCE_SECONDS = 10.0
"""For a head, from the moment of connecting or its first byte; and as long again for a body."""
BACKLOG_SECONDS = 60.0
"""How long more than a transport holds by itself may wait for its reader, and the rest when a connection ends."""
LARGEST_HEAD_BYTES = 65_536
MOST_HEADERS = 100
MOST_WAITING = 16
"""Requests that are sent before the one in front of them is answered."""
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 10\r\n\r\n"
)
"""To a connection that is one too many."""


def most_connections() -> int:
    """Each is an open file; a quarter of those is for database, Redis, NATS and whatever is read from disk."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if files == resource.RLIM_INFINITY else files * 3 // 4


class TooMuch(Exception):
    """More of something than anybody needs. The parser gives up, and the answer is 400."""


class Awaited(Enum):
    """What of a request is still to come."""

    HEAD = "its head, or what is left of it"
    BODY = "its body, or what is left of it"


class Repeatable(NamedTuple):
    """A request that was read in one go, and answered at once: the same bytes ask the same."""

    data: bytes
    asked: Asked


class Requests(HttpToolsProtocol):
    """One connection: whoever does not finish what he began is cut off."""

    patience_seconds = PATIENCE_SECONDS
    backlog_seconds = BACKLOG_SECONDS

    def __init__(self, *args: Any, at_hand: AtHand = nothing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at_hand = at_hand
        self._is_first_of_read = False
        self._asked: Asked | None = None  # what was answered at once of what was read last
        self._last: Repeatable | None = None
        self._awaited: Awaited | None = Awaited.HEAD
        self._timed: Awaited | None = None
        self._deadline = Deadline(self.loop)
        self._backlog = Deadline(self.loop)
        self._leaving = Deadline(self.loop)
        self._head_bytes = 0
        self._turn: RequestResponseCycle | None = None  # uvicorn's own `cycle` is the last one sent

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            self.transport.write(FULL)
            self.transport.close()
        self._keep_time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._awaited = None
        self._keep_time()
        self._backlog.clear()
        self._leaving.clear()
        if (unanswered := self._unanswered()) is not None:
            unanswered.disconnected = True
            unanswered.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._answers_again(data):
            return
        is_new, self._asked = self._awaited is None, None
        self._take(data)
        is_whole = is_new and self._awaited is None and self._unanswered() is None
        if self._asked and is_whole and not self.parser.should_upgrade():
            self._last = Repeatable(data, self._asked)
        else:
            self._last = None

    def _answers_again(self, data: bytes) -> bool:
        """Answer what was asked just before in the same bytes, without reading them; was that at hand?"""
        last = self._last
        if last is None or data != last.data or self.flow.write_paused or self.transport.is_closing():
            return False
        if (ready := last.asked()) is None:
            return False
        self._write(ready)
        self.on_response_complete()
        return True

    def _take(self, data: bytes) -> None:
        if self._awaited is None:
            self._awaited = Awaited.HEAD  # also where it is but empty lines
        if self._awaited is Awaited.HEAD:
            self._head_bytes += len(data)
        self._is_first_of_read = True
        super().data_received(data)
        is_endless = self._awaited is Awaited.HEAD and self._head_bytes > LARGEST_HEAD_BYTES
        if is_endless and not self.transport.is_closing():
            self.send_400_response(f"A request has at most {LARGEST_HEAD_BYTES} bytes before its body.")
        self._keep_time()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_WAITING:
            raise TooMuch("requests")
        self._awaited = Awaited.HEAD
        self._unset_keepalive_if_required()  # of an answer that was at hand a moment ago
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= MOST_HEADERS:
            raise TooMuch("headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._awaited, self._head_bytes = Awaited.BODY, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._awaited = None
        self._keep_time()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._awaited = None
        self._keep_time()
        if self._unanswered() is None:
            self._backlog.clear()  # the socket sees to that now
            super().handle_websocket_upgrade()
            # Each keeps the other, and nobody reports that the connection is lost.
            self.parser = None  # type: ignore[assignment]  # as uvicorn does it then
        else:
            self.send_400_response("A handshake waits for the answers to the requests before it.")

    def send_400_response(self, msg: str) -> None:
        unanswered = self._unanswered()
        if unanswered is not None and unanswered.response_started:
            self.transport.abort()  # it would be read as part of that answer
        else:
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._keep_time()
        if self.transport.is_closing():
            self._leaving.set(self.backlog_seconds, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._leaving.set(self.backlog_seconds, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._backlog.set(self.backlog_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._backlog.clear()

    def shutdown(self) -> None:
        if self._held_up_by_client() is None:
            super().shutdown()
        else:
            self.transport.abort()  # nobody has asked for anything yet

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._turn = cycle
        asked = self._at_hand(cycle.scope) if self._may_answer_at_once(cycle, app) else None
        ready = asked() if asked else None
        if ready is None:
            super()._start_asgi_task(cycle, app)
            return
        self._is_first_of_read, self._asked = False, asked
        self._write(ready)
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()

    def _may_answer_at_once(self, cycle: RequestResponseCycle, app: ASGI3Application) -> bool:
        """One answer for what is read in one go, or somebody who sends a thousand requests would hold up the others."""
        is_ours = app is self.app  # and not uvicorn's, that too many ask
        return is_ours and self._is_first_of_read and cycle.keep_alive and not self.flow.write_paused

    def _write(self, ready: Ready) -> None:
        """In one piece, and without what uvicorn looks up in every answer."""
        pieces = [STATUS_LINE[ready.status]]
        for name, value in self.server_state.default_headers:
            pieces += (name, b": ", value, b"\r\n")
        self.transport.write(b"".join([*pieces, ready.lines, b"\r\n", ready.body]))

    def _unanswered(self) -> RequestResponseCycle | None:
        """The request whose turn it is, as long as its answer is not complete."""
        return None if self._turn is None or self._turn.response_complete else self._turn

    def _held_up_by_client(self) -> Awaited | None:
        """What is awaited, unless it stands behind a request that waits for us."""
        unanswered = self._unanswered()
        is_its_body = self._awaited is Awaited.BODY and unanswered is self.cycle
        return self._awaited if unanswered is None or is_its_body else None

    def _keep_time(self) -> None:
        """Count anew where the client is waited for with something else than before."""
        awaited = self._held_up_by_client()
        if awaited is self._timed:
            return
        self._deadline.clear()
        if awaited is not None:
            self._deadline.set(self.patience_seconds, self.transport.abort)
        self._timed = awaited

"""HTTP over uvicorn and httptools, which by themselves wait for a request for ever, however long its head grows."""

from asyncio import TimerHandle, Transport
from enum import Enum
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from realtime.serving.at_once import AtHand, Ready, nothing

PATIENCE_SECONDS = 10.0
"""For a head, from the moment of connecting or its first byte; and as long again for a body."""
LARGEST_HEAD_BYTES = 65_536
MOST_HEADERS = 100
MOST_WAITING = 16
"""Requests that are sent before the one in front of them is answered."""


class TooMuch(Exception):
    """More of something than anybody needs. The parser gives up, and the answer is 400."""


class Awaited(Enum):
    """What of a request is still to come."""

    HEAD = "its head, or what is left of it"
    BODY = "its body, or what is left of it"


class Requests(HttpToolsProtocol):
    """One connection: whoever does not finish what he began is cut off."""

    patience_seconds = PATIENCE_SECONDS

    def __init__(self, *args: Any, at_hand: AtHand = nothing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at_hand = at_hand
        self._is_first_of_read = False
        self._awaited: Awaited | None = Awaited.HEAD
        self._timed: Awaited | None = None
        self._deadline: TimerHandle | None = None
        self._head_bytes = 0
        self._turn: RequestResponseCycle | None = None  # uvicorn's own `cycle` is the last one sent

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._keep_time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._awaited = None
        self._keep_time()
        if (unanswered := self._unanswered()) is not None:
            unanswered.disconnected = True
            unanswered.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
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
            super().handle_websocket_upgrade()
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

    def shutdown(self) -> None:
        if self._held_up_by_client() is None:
            super().shutdown()
        else:
            self.transport.abort()  # nobody has asked for anything yet

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._turn = cycle
        ready = self._at_hand(cycle.scope) if self._may_answer_at_once(cycle, app) else None
        if ready is None:
            super()._start_asgi_task(cycle, app)
        else:
            self._is_first_of_read = False
            self._answer_at_once(cycle, ready)

    def _may_answer_at_once(self, cycle: RequestResponseCycle, app: ASGI3Application) -> bool:
        """One answer for what is read in one go, or somebody who sends a thousand requests would hold up the others."""
        is_ours = app is self.app  # and not uvicorn's, that too many ask
        return is_ours and self._is_first_of_read and cycle.keep_alive and not self.flow.write_paused

    def _answer_at_once(self, cycle: RequestResponseCycle, ready: Ready) -> None:
        """In one piece, and without what uvicorn looks up in every answer."""
        pieces = [STATUS_LINE[ready.status]]
        for name, value in cycle.default_headers:
            pieces += (name, b": ", value, b"\r\n")
        self.transport.write(b"".join([*pieces, ready.lines, b"\r\n", ready.body]))
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()

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
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if awaited is not None:
            self._deadline = self.loop.call_later(self.patience_seconds, self.transport.abort)
        self._timed = awaited

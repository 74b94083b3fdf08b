"""WebSockets over uvicorn: sight of slow readers, bounds on what clients send, and ends that are announced."""

from asyncio import Task
from http import HTTPStatus
from time import monotonic
from typing import Any
from weakref import ref

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from realtime.serving.deadline import Deadline
from realtime.serving.requests import BACKLOG_SECONDS, PATIENCE_SECONDS

CONGESTED = "is_congested"
"""Key in the scope of a WebSocket: a function that answers whether bytes are piling up for its reader."""
FRAMES_PER_SECOND = 200
"""Of all kinds: messages, which the application counts itself, may come in pieces."""
LAST_WORDS_SECONDS = 2.0
"""How long whoever has broken a rule may take to read so."""
REBUKES = frozenset({CloseCode.POLICY_VIOLATION, CloseCode.MESSAGE_TOO_BIG})
"""With these the application closes on whoever sends too much."""
PIECE_BYTES = 1024
"""What is taken apart in one go: no flood holds up the others for longer than this takes."""


class Sockets(WebSocketsSansIOProtocol):
    """One connection. Sending never waits for its reader, and to one that is closing it does nothing."""

    patience_seconds = PATIENCE_SECONDS
    backlog_seconds = BACKLOG_SECONDS
    last_words_seconds = LAST_WORDS_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_congested = False
        self._deadline = Deadline(self.loop)
        self._leaving = Deadline(self.loop)
        self._backlog = Deadline(self.loop)
        self._second = 0.0
        self._frames = 0

    # -- Connection --------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._deadline.set(self.patience_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        for deadline in (self._deadline, self._leaving, self._backlog):
            deadline.clear()
        super().connection_lost(exc)
        self.conn.parser.close()  # it keeps `conn`, and `conn` it

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE_BYTES):
            if self.conn.eof_sent or self.transport.is_closing():
                return  # it knows that it is over
            super().data_received(data[start : start + PIECE_BYTES])
            if self.conn.handshake_exc is not None and not self.handshake_initiated:
                self.transport.write(b"".join(self.conn.data_to_send()))  # what the parser has against it
                self.transport.close()

    def pause_writing(self) -> None:
        self.is_congested = True
        self._backlog.set(self.backlog_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self.is_congested = False
        self._backlog.clear()

    def shutdown(self) -> None:
        if self.is_congested or self.transport.is_closing():
            self.stop_keepalive()
            self.transport.abort()  # it would not read the good-bye
        else:
            super().shutdown()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._leaving.set(self.patience_seconds, self.transport.abort)

    def on_task_complete(self, task: Task[None]) -> None:
        super().on_task_complete(task)
        if not self.disconnected:
            self._leaving.set(self.patience_seconds, self.transport.abort)

    def _give_up(self) -> None:
        """End a handshake that is not over yet."""
        if self.handshake_complete or self.transport.is_closing():
            return
        self.conn.send_response(self.conn.reject(HTTPStatus.SERVICE_UNAVAILABLE, ""))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.handshake_complete = self.close_sent = True
        self.transport.close()

    # -- What clients send -------------------------------------------------------------------

    def handle_events(self) -> None:
        now = monotonic()
        if now - self._second >= 1:
            self._second, self._frames = now, 0
        self._frames += len(self.conn.events)
        if self._frames > FRAMES_PER_SECOND:
            self._fail(CloseCode.POLICY_VIOLATION)
        else:
            super().handle_events()

    def handle_ping(self) -> None:
        if not self.close_sent:
            super().handle_ping()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self._fail(CloseCode.INVALID_DATA)
        else:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Say why, as far as a close code can."""
        sent = self.conn.close_sent
        if sent is None:  # a handshake is not answered by a close code
            self.transport.abort()
        elif not self.close_sent:
            self.close_sent = True
            self.stop_keepalive()
            self.queue.put_nowait({"type": "websocket.disconnect", "code": sent.code, "reason": sent.reason})
            self.transport.write(b"".join(self.conn.data_to_send()))
        self._turn_away()

    def _fail(self, code: CloseCode) -> None:
        self.conn.fail(code)
        self.handle_parser_exception()

    def _turn_away(self) -> None:
        """Read nothing any more, and leave the end to the client for a while: to hang up on what is unread takes the
        last words back."""
        if not self.transport.is_closing():
            self.read_paused = False  # or the application would resume it
            self.transport.pause_reading()
            self.transport.write_eof()
            if self.close_timer is not None:
                self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.last_words_seconds, self.transport.abort)

    # -- What we send ------------------------------------------------------------------------

    async def run_asgi(self) -> None:
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # a key more than the standard knows
        us = ref(self)  # who keeps us keeps the scope
        scope[CONGESTED] = lambda: (socket := us()) is not None and socket.is_congested
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        if not (self.disconnected or self.close_sent or self.transport.is_closing()):
            await super().send(message)
            self.handshake_complete |= (
                self.close_sent
            )  # also by a denial, which uvicorn would not call complete
            if message["type"] == "websocket.close" and message.get("code") in REBUKES:
                self._turn_away()


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True

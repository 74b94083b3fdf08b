"""WebSockets over uvicorn: sight of slow readers, bounds on what clients send, and ends that are told."""

from asyncio import TimerHandle
from http import HTTPStatus
from time import monotonic
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from realtime.serving.requests import PATIENCE_SECONDS

CONGESTED = "is_congested"
"""Key in the scope of a WebSocket: a function that says whether bytes are piling up for its reader."""
FRAMES_PER_SECOND = 200
"""Of all kinds: messages, which the application counts itself, may come in pieces."""
PIECE_BYTES = 1024
"""What is taken apart in one go: no flood holds up the others for longer than this takes."""


class Sockets(WebSocketsSansIOProtocol):
    """One connection. Sending never waits for its reader, and to one that is closing it does nothing."""

    patience_seconds = PATIENCE_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_congested = False
        self._deadline: TimerHandle | None = None
        self._second = 0.0
        self._frames = 0

    # -- Connection --------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.patience_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()  # or it would keep what is gone
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE_BYTES):
            if self.conn.eof_sent or self.transport.is_closing():
                return  # it has been told that it is over
            super().data_received(data[start : start + PIECE_BYTES])
            if self.conn.handshake_exc is not None and not self.handshake_initiated:
                self.transport.write(b"".join(self.conn.data_to_send()))  # what the parser has against it
                self.transport.close()

    def pause_writing(self) -> None:
        self.is_congested = True

    def resume_writing(self) -> None:
        self.is_congested = False

    def shutdown(self) -> None:
        if self.is_congested or self.transport.is_closing():
            self.stop_keepalive()
            self.transport.abort()  # it would not read the good-bye
        else:
            super().shutdown()

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

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self._fail(CloseCode.INVALID_DATA)
        else:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Say why, and leave the end to the client for a while: to hang up on what is unread takes the words back."""
        told = self.conn.close_sent
        if told is None:  # a handshake is not answered by a close code
            self.transport.abort()
        elif not self.close_sent:
            self.close_sent = True
            self.stop_keepalive()
            self.queue.put_nowait({"type": "websocket.disconnect", "code": told.code, "reason": told.reason})
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.write_eof()
            self.transport.resume_reading()
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def _fail(self, code: CloseCode) -> None:
        self.conn.fail(code)
        self.handle_parser_exception()

    # -- What we send ------------------------------------------------------------------------

    async def run_asgi(self) -> None:
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # a key more than the standard knows
        scope[CONGESTED] = lambda: self.is_congested
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        if not (self.disconnected or self.close_sent or self.transport.is_closing()):
            await super().send(message)
            self.handshake_complete |= (
                self.close_sent
            )  # also by a denial, which uvicorn would not call complete


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True

"""What stands between server and application: bounds on bodies, and an end that is announced."""

from asyncio import CancelledError, current_task
from collections.abc import Awaitable, Callable
from typing import Any

from realtime.origins import Application, AsgiScope

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]

EMPTY: Message = {"type": "http.request", "body": b"", "more_body": False}


def bounded(application: Application, limit: int) -> Application:
    """Keep from `application` every body of more than `limit` bytes, or of no stated length.

    It would be kept in memory or on disk before anybody looks at the headers, by which the application refuses
    the request. What comes of it is read off the wire and dropped, or the client would never read the answer.
    """

    async def serve(scope: AsgiScope, receive: Receive, send: Any) -> None:
        if scope["type"] == "http" and not _is_bounded(scope["headers"], limit):
            receive = _without_body(receive)
        await application(scope, receive, send)

    return serve


def ended(application: Application) -> Application:
    """Ask who still waits for an answer of `application` when the process ends to come again: 503."""

    async def serve(scope: AsgiScope, receive: Receive, send: Any) -> None:
        has_begun = False

        async def pass_on(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await application(scope, receive, pass_on)
        except CancelledError:
            task = current_task()
            if task is None or not task.cancelling():
                raise  # a fault of the application, and not the server's wish
            if scope["type"] == "http" and not has_begun:
                headers = [(b"connection", b"close"), (b"content-length", b"0"), (b"retry-after", b"1")]
                await send({"type": "http.response.start", "status": 503, "headers": headers})
                await send({"type": "http.response.body", "body": b""})

    return serve


def _is_bounded(headers: list[tuple[bytes, bytes]], limit: int) -> bool:
    named = dict(headers)
    return b"transfer-encoding" not in named and int(named.get(b"content-length", 0)) <= limit


def _without_body(receive: Receive) -> Receive:
    """An empty body, and then nothing before the client has left."""
    is_answered = False

    async def next_message() -> Message:
        nonlocal is_answered
        if not is_answered:
            is_answered = True
            return EMPTY
        while (message := await receive())["type"] != "http.disconnect":
            pass
        return message

    return next_message

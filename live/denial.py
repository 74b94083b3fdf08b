"""Refused WebSocket handshakes, with the status REST would answer with."""

from http import HTTPStatus
from typing import Any

DENIAL = "websocket.http.response"
"""The ASGI extension by which an application refuses a handshake with a status of its own."""


async def no_such_address(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The application at an address of nobody."""
    await deny(HTTPStatus.NOT_FOUND, scope, receive, send)


async def deny(
    status: HTTPStatus, scope: dict[str, Any], receive: Any, send: Any, retry_after: int | None = None
) -> None:
    """Refuse a handshake nobody has looked at yet."""
    await receive()
    await refuse(status, scope, send, retry_after)


async def refuse(
    status: HTTPStatus, scope: dict[str, Any], send: Any, retry_after: int | None = None
) -> None:
    """`status` where the server lets us send it, and in how many seconds to try again; else its 403."""
    if DENIAL in scope.get("extensions", {}):
        headers = [] if retry_after is None else [(b"retry-after", b"%d" % retry_after)]
        await send({"type": f"{DENIAL}.start", "status": status.value, "headers": headers})
        await send({"type": f"{DENIAL}.body", "body": b""})
    else:
        await send({"type": "websocket.close"})

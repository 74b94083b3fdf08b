"""The answer to a WebSocket handshake at an address of nobody."""

from typing import Any

DENIAL = "websocket.http.response"
"""The ASGI extension by which an application refuses a handshake with a status of its own."""


async def no_such_address(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """404 where the server lets us say so, else its 403."""
    await receive()
    if DENIAL in scope.get("extensions", {}):
        await send({"type": f"{DENIAL}.start", "status": 404, "headers": []})
        await send({"type": f"{DENIAL}.body", "body": b""})
    else:
        await send({"type": "websocket.close"})

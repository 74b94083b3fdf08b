"""A handshake at an address of nobody, on a server that can only refuse."""

from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator

from realtime.routing import websocket_application


def test_unknown_address_is_refused_where_no_status_can_be_sent():
    async def connect() -> tuple[bool, int | None]:
        headers = [(b"host", b"localhost")]
        socket = WebsocketCommunicator(websocket_application, "/ws/nothing/", headers=headers)
        return await socket.connect()

    connected, _ = async_to_sync(connect)()
    assert not connected

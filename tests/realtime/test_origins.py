"""Which pages may open a WebSocket."""

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator

from realtime.origins import SameOrigin, is_allowed

HOST = "desk.example.com"


@pytest.fixture(autouse=True)
def hosts(settings):
    settings.ALLOWED_HOSTS = [HOST, "127.0.0.1", "[::1]", ".trading.example.com"]
    settings.WEBSOCKET_ALLOWED_ORIGINS = ["https://wall.example.com"]


@pytest.mark.parametrize(
    ("host", "origin", "allowed"),
    [
        (HOST, f"https://{HOST}", True),
        (HOST, f"http://{HOST}", True),  # the proxy in front may have taken TLS off
        (HOST, f"https://{HOST.upper()}", True),
        (f"{HOST}:8443", f"https://{HOST}:8443", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8080", True),
        ("[::1]:8080", "http://[::1]:8080", True),
        ("eu.trading.example.com", "https://eu.trading.example.com", True),
        (f"{HOST}:443", f"https://{HOST}", True),
        (HOST, f"https://{HOST}:443", True),
        (f"{HOST}:80", f"http://{HOST}", True),
        ("[::1]:443", "https://[::1]", True),
        (HOST, "https://wall.example.com:443", True),
        (HOST, None, True),  # no browser
        (HOST, "https://wall.example.com", True),
        (HOST, "https://evil.example.com", False),
        (HOST, f"https://{HOST}.evil.example.com", False),
        (HOST, f"https://evil.example.com/{HOST}", False),
        (HOST, f"https://{HOST}@evil.example.com", False),
        (HOST, f"https://{HOST}:8443", False),
        (f"{HOST}:8443", f"https://{HOST}", False),
        (f"{HOST}:443", f"http://{HOST}", False),
        (f"{HOST}:80", f"https://{HOST}", False),
        (HOST, f"https://somebody@{HOST}", False),
        (HOST, f"https://{HOST}:99999", False),
        (HOST, f"https://{HOST}:x", False),
        (HOST, f"chrome-extension://{HOST}", False),
        (HOST, "https://sub.wall.example.com", False),
        (HOST, "http://wall.example.com", False),
        (HOST, "null", False),
        (HOST, "", False),
        (HOST, "https://", False),
        (HOST, "http://[::1", False),
        (HOST, "https://\x00", False),
        ("evil.example.com", "https://evil.example.com", False),
        ("evil.example.com", None, False),
        ("", None, False),
        ("", "null", False),
        ("[::1", None, False),
    ],
)
def test_origin(host, origin, allowed):
    assert is_allowed(host, origin) is allowed


@pytest.mark.parametrize(
    ("headers", "connected"),
    [
        ([(b"host", b"desk.example.com"), (b"origin", b"https://desk.example.com")], True),
        ([(b"host", b"desk.example.com")], True),
        ([(b"host", b"desk.example.com"), (b"origin", b"https://evil.example.com")], False),
        ([(b"host", b"desk.example.com"), (b"origin", b"http://[\xff")], False),
        ([(b"host", b"evil.example.com")], False),
        ([], False),
    ],
)
def test_handshake(headers, connected):
    async def application(scope, receive, send):
        await send({"type": "websocket.accept"})

    async def shake_hands():
        socket = WebsocketCommunicator(SameOrigin(application), "/ws/pressure/", headers=headers)
        answer, _ = await socket.connect()
        return answer

    assert async_to_sync(shake_hands)() is connected

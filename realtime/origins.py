"""Which pages may open a WebSocket here: our own, and those the settings name."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

AsgiScope = dict[str, Any]
Application = Callable[[AsgiScope, Any, Any], Awaitable[Any]]


class SameOrigin:
    """Refuses the handshake of a foreign page. A client that is no browser sends no origin and may pass."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: AsgiScope, receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin")
        if not is_allowed(host, None if origin is None else origin.decode("latin-1")):
            return await WebsocketDenier()(scope, receive, send)
        return await self.application(scope, receive, send)


def is_allowed(host: str, origin: str | None) -> bool:
    """May a page of `origin` ("https://desk.example.com:8443", None: no browser) talk to us as `host`?"""
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    if origin is None or origin in settings.WEBSOCKET_ALLOWED_ORIGINS:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:  # not an address at all
        return False

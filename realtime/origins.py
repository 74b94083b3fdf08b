"""Which pages may open a WebSocket here: our own, and those the settings name."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

AsgiScope = dict[str, Any]
Application = Callable[[AsgiScope, Any, Any], Awaitable[Any]]
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


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
    if origin is None:
        return True
    page = _endpoint(origin)
    if page is None:
        return False
    here = _endpoint(f"{page.scheme}://{host}")  # a proxy may have taken TLS off
    return page == here or page in map(_endpoint, settings.WEBSOCKET_ALLOWED_ORIGINS)


class Endpoint(NamedTuple):
    """Scheme, host and port of an origin; the port is never left out."""

    scheme: str
    host: str
    port: int


def _endpoint(origin: str) -> Endpoint | None:
    """None where it is no address of a page."""
    try:
        scheme, netloc, *_ = parts = urlsplit(origin)
        host, port = parts.hostname, parts.port or DEFAULT_PORTS[scheme]
    except (ValueError, KeyError):
        return None
    return Endpoint(scheme, host, port) if host and "@" not in netloc else None

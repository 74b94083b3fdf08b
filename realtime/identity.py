"""Who opens a WebSocket: the owner of a token in the Authorization header, else whoever is logged in."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from configuration.api.authentication import RememberedToken
from configuration.exceptions import StoreUnavailable
from realtime.denial import deny

Application = Callable[[dict[str, Any], Any, Any], Awaitable[Any]]


class TokenOrSession:
    """Puts the user into the scope, by the rules of REST: a token that is not good is refused, session or not.

    Looked at once, at the handshake. The header is one that no page can send.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._by_session = AuthMiddlewareStack(application)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        said = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        try:
            user = await database_sync_to_async(owner)(said) if said else None
        except AuthenticationFailed:
            return await deny(HTTPStatus.UNAUTHORIZED, scope, receive, send)
        except StoreUnavailable:
            return await deny(HTTPStatus.SERVICE_UNAVAILABLE, scope, receive, send)
        if user is None:
            return await self._by_session(scope, receive, send)
        return await self._application(scope | {"user": user}, receive, send)


def owner(authorization: str) -> Any:
    """The user of "Token …", None of any other scheme; raises AuthenticationFailed, StoreUnavailable."""
    handshake = HttpRequest()
    handshake.method = "GET"
    handshake.META["HTTP_AUTHORIZATION"] = authorization
    identity = RememberedToken().authenticate(Request(handshake))
    return identity and identity[0]

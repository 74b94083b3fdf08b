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
from configuration.reading import STORE_AWAY
from metrics.push.denial import deny

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[Any]]


class TokenOrSession:
    """Puts the user into the scope, by the rules of REST: a token that is not good is refused, session or not.

    Looked at once, at the handshake. The header is one that no page can send.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> Any:
        try:
            identified = await by_token(scope) or await by_session(scope, receive, send)
        except AuthenticationFailed:
            return await deny(HTTPStatus.UNAUTHORIZED, scope, receive, send)
        except (StoreUnavailable, *STORE_AWAY):
            return await deny(HTTPStatus.SERVICE_UNAVAILABLE, scope, receive, send)
        return await self._application(identified, receive, send)


async def by_token(scope: Scope) -> Scope | None:
    """The scope with the owner of the token it was opened with, None without one; raises as `owner` does."""
    said = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    user = await database_sync_to_async(owner)(said) if said else None
    return None if user is None else scope | {"user": user}


async def _as_it_is(scope: Scope, receive: Any, send: Any) -> Scope:
    return scope


by_session = AuthMiddlewareStack(_as_it_is)
"""The scope with the user of its session, who may be anonymous; raises what an absent database does."""


def owner(authorization: str) -> Any:
    """The user of "Token …", None of any other scheme; raises AuthenticationFailed, StoreUnavailable."""
    handshake = HttpRequest()
    handshake.method = "GET"
    handshake.META["HTTP_AUTHORIZATION"] = authorization
    identity = RememberedToken().authenticate(Request(handshake))
    return identity and identity[0]

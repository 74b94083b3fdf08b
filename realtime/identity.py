"""Who opens a WebSocket: the owner of a token in one of its headers, else whoever is logged in.

What anybody may read is answered without asking who reads it, but not to whoever brings a token that is none: revoked,
expired, invented. They are to learn it where they first use it.
"""

from http import HTTPStatus
from io import BytesIO
from typing import Any

from channels.auth import AuthMiddleware, get_user
from channels.db import database_sync_to_async
from channels.sessions import CookieMiddleware, SessionMiddleware
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIRequest
from django.http.cookie import parse_cookie
from drf_spectacular.drainage import set_override
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from configuration.api.authentication import Identity, RememberedToken, ScopedToken, token_of
from configuration.exceptions import StoreUnavailable
from configuration.reading import STORE_AWAY
from database.deadline import at_most
from live.denial import deny
from realtime.origins import Application, AsgiScope
from realtime.patience import Patience

patience = Patience()
"""Of all who open a WebSocket here: they are looked up one by one, and wait for each other."""
PUBLIC_PATIENCE_SECONDS = 1.0
"""For so long what anybody may read waits for the database to answer whether a token is one."""


class TokenOrSession:
    """Puts the user into the scope, by the rules of REST: a token that is not good is refused, session or not.

    Looked at once, at the handshake. The header is one that no page can send.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: AsgiScope, receive: Any, send: Any) -> Any:
        try:
            identified = await by_token(scope) or await by_session(scope, receive, send)
        except AuthenticationFailed:
            return await deny(HTTPStatus.UNAUTHORIZED, scope, receive, send)
        except (StoreUnavailable, *STORE_AWAY):
            return await deny(HTTPStatus.SERVICE_UNAVAILABLE, scope, receive, send)
        return await self._application(identified, receive, send)


class TokenIfAny:
    """Around what anybody may open: refuses a token that is not good. Who brings none is not looked up."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: AsgiScope, receive: Any, send: Any) -> Any:
        handshake = _request(scope)
        try:
            if token_of(handshake):
                await database_sync_to_async(known_now)(handshake)
        except AuthenticationFailed:
            return await deny(HTTPStatus.UNAUTHORIZED, scope, receive, send)
        return await self._application(scope, receive, send)


class PublicToken(ScopedToken):
    """Of whoever reads the market by REST: no answer of the database is needed where anybody may."""

    def authenticate(self, request: Request) -> Identity | None:
        return super().authenticate(request) if settings.METRICS_REQUIRE_LOGIN else known_now(request)


set_override(
    PublicToken, "suppress_collision_warning", True
)  # in the OpenAPI document both are the same token


async def by_token(scope: AsgiScope) -> AsgiScope | None:
    """The scope with the owner of the token it was opened with, None without one; raises as `owner` does."""
    handshake = _request(scope)
    user = await database_sync_to_async(owner)(handshake) if token_of(handshake) else None
    return None if user is None else scope | {"user": user}


async def by_session(scope: AsgiScope, receive: Any, send: Any) -> AsgiScope:
    """The scope with the user of its session, who may be anonymous; raises what an absent database does.

    Who has none is not looked up, and waits for nobody.
    """
    if settings.SESSION_COOKIE_NAME not in parse_cookie(_header(scope, b"cookie")):
        return scope | {"user": AnonymousUser()}
    found: AsgiScope = await _with_session(scope, receive, send)
    return found


class SessionOwner(AuthMiddleware):
    """The one of Channels, asking as patiently as everybody here."""

    async def resolve_scope(self, scope: AsgiScope) -> None:
        scope["user"]._wrapped = await database_sync_to_async(session_owner)(scope)


async def _as_it_is(scope: AsgiScope, receive: Any, send: Any) -> AsgiScope:
    return scope


_with_session = CookieMiddleware(SessionMiddleware(SessionOwner(_as_it_is)))


def session_owner(scope: AsgiScope) -> Any:
    """The user of a session; raises what an absent database does."""
    with patience.asking():
        return get_user.func(scope)


def known_now(request: Request) -> Identity | None:
    """User and token; None without one, or while the database, which would know it, is away. Raises
    AuthenticationFailed."""
    if not token_of(request):
        return None
    try:
        with patience.asking(), at_most(PUBLIC_PATIENCE_SECONDS):
            return RememberedToken().look_up(request)
    except (StoreUnavailable, *STORE_AWAY):
        return None


def owner(request: Request) -> Any:
    """The user of the token it brings, None without one; raises AuthenticationFailed, StoreUnavailable."""
    tokens = RememberedToken()
    try:
        with patience.asking():
            identity = tokens.look_up(request)
    except (StoreUnavailable, *STORE_AWAY) as error:
        identity = tokens.recall(request, error)
    return identity and identity[0]


def _request(scope: AsgiScope) -> Request:
    """The handshake as the views of REST would see it."""
    return Request(ASGIRequest({**scope, "method": "GET"}, BytesIO()))


def _header(scope: AsgiScope, name: bytes) -> str:
    return str(dict(scope["headers"]).get(name, b"").decode("latin-1"))

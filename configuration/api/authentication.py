"""Who is asking. While the database is away, a credential it accepted lately opens what writes nothing, and halts."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from hmac import compare_digest
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from configuration.api.writing import is_emergency, may_write
from configuration.exceptions import StoreUnavailable
from configuration.reading import STORE_AWAY
from configuration.scopes import limited
from configuration.token_uses import uses

REMEMBERED_SECONDS = 900.0
REMEMBERED_FOR_EMERGENCIES = 12 * 3600.0
"""A shift: who was known when the database went away may halt for as long as it is away."""
REMEMBERED_CREDENTIALS = 1000

AUTHORIZATION = "Authorization"
SCHEMES = ("token", "bearer")
"""Words before a token, in any case: ours, and that of most clients and gateways."""

Identity = tuple[Any, Any]  # user and token, as Django REST framework passes them on


class Memory:
    """Identities by credential, in this process only; credentials are kept as digests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()
        self._turn = Lock()

    def remember(self, credential: str, identity: Identity) -> None:
        user, token = identity
        plain = getattr(user, "_wrapped", user)  # the lazy one keeps its whole request
        known_by = _digest(credential)
        with self._turn:
            self._known[known_by] = (self._clock(), (plain, token))
            self._known.move_to_end(known_by)
            if len(self._known) > REMEMBERED_CREDENTIALS:
                self._known.popitem(last=False)

    def recall(self, credential: str, seconds: float = REMEMBERED_SECONDS) -> Identity | None:
        """The identity a credential had within so many seconds, unless its token has expired since."""
        seen, identity = self._known.get(_digest(credential), (0.0, None))
        if identity is None or self._clock() - seen > seconds:
            return None
        expiry = getattr(identity[1], "expiry", None)
        return None if expiry and expiry < timezone.now() else identity

    def forget(self, credential: str) -> None:
        with self._turn:
            self._known.pop(_digest(credential), None)


memory = Memory()


@receiver(user_logged_out)
def forget_session(request: HttpRequest | None, **_: Any) -> None:
    """Whoever logs out is forgotten here; other processes forget with time."""
    if request is not None:
        memory.forget(str(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")))


class Remembering(BaseAuthentication):
    """Makes an authentication class survive the absence of the database, for what writes nothing."""

    def authenticate(self, request: Request) -> Identity | None:
        try:
            return self.look_up(request)
        except STORE_AWAY as error:
            return self.recall(request, error)

    def look_up(self, request: Request) -> Identity | None:
        """What the database holds now; raises what its absence raises."""
        credential = self.credential(request)
        if not credential:
            return None
        try:
            identity: Identity | None = super().authenticate(request)
        except AuthenticationFailed:
            memory.forget(credential)
            raise
        if identity:
            memory.remember(credential, identity)
        else:
            memory.forget(credential)
        return identity

    def recall(self, request: Request, error: Exception) -> Identity:
        """What it held lately, for what writes nothing or stops something; raises StoreUnavailable, from `error`."""
        credential = self.credential(request)
        if is_emergency(request):
            identity = memory.recall(credential, REMEMBERED_FOR_EMERGENCIES)
        else:
            identity = None if may_write(request) else memory.recall(credential)
        if identity is None:
            raise StoreUnavailable(writing=may_write(request)) from error
        return identity

    def credential(self, request: Request) -> str:
        """What the request identifies itself with, empty when with nothing of this kind."""
        raise NotImplementedError


class ScopedToken(TokenAuthentication):
    """A token in the Authorization header, or in one of AUTH_HEADERS: its account, which may of its rights what the
    token was made for."""

    def authenticate(self, request: Request) -> Identity | None:
        token = token_of(request)
        return self.authenticate_credentials(token.encode()) if token else None

    def authenticate_credentials(self, token: bytes) -> Identity:
        """As knox does it, with what the token was made for in the same question."""
        if not token.isascii():
            raise AuthenticationFailed("Invalid token.")
        text, now = token.decode(), timezone.now()
        beginning = text[: CONSTANTS.TOKEN_KEY_LENGTH]
        digest = hash_token(text)
        for known in AuthToken.objects.filter(token_key=beginning).select_related("user", "grant"):
            # Those that have expired stay in the list of tokens, where they are distinguished from active ones.
            if compare_digest(digest, known.digest) and not (known.expiry and known.expiry < now):
                user, _ = self.validate_user(known)
                uses.record(known, now)
                return limited(user, known.grant.scopes if hasattr(known, "grant") else None), known
        raise AuthenticationFailed("Invalid token.")


class RememberedToken(Remembering, ScopedToken):
    """The same, also while the database is away."""

    def credential(self, request: Request) -> str:
        return token_of(request)


class RememberedSession(Remembering, SessionAuthentication):
    """The session of the pages, same origin only."""

    def credential(self, request: Request) -> str:
        return str(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))

    def recall(self, request: Request, error: Exception) -> Identity:
        identity = super().recall(request, error)
        if may_write(request):
            self.enforce_csrf(request)  # as where the database identifies the user
        return identity


def identifying_headers() -> list[str]:
    """The headers that answers differ by where who asks may see more or less."""
    return [AUTHORIZATION, "Cookie", *settings.AUTH_HEADERS]


def token_of(request: Request) -> str:
    """The token a request brings, empty where it brings none; raises AuthenticationFailed.

    It may stand in several headers, as long as it is one: whose request it is must not depend on where we look first.
    """
    spoken = [_token_in(request.headers.get(AUTHORIZATION, ""), is_bare=False)]
    spoken += [_token_in(request.headers.get(name, ""), is_bare=True) for name in settings.AUTH_HEADERS]
    tokens = set(filter(None, spoken))
    if len(tokens) > 1:
        raise AuthenticationFailed("Several headers bring a token each, and they differ.")
    return tokens.pop() if tokens else ""


def _token_in(header: str, *, is_bare: bool) -> str:
    """The token in a header, after one of SCHEMES, or by itself where it may be `bare`.

    Empty where there is nothing, or another scheme, which concerns somebody else; raises AuthenticationFailed.
    """
    words = header.split()
    if words and words[0].lower() in SCHEMES:
        words = words[1:]
    elif not words or not is_bare:
        return ""
    if len(words) != 1:
        raise AuthenticationFailed("Invalid token header: one token, and nothing after it.")
    return words[0]


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode(errors="replace")).digest()


class ScopedTokenScheme(KnoxTokenScheme):
    target_class = "configuration.api.authentication.ScopedToken"
    match_subclasses = True
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        description = "`Token …`, the word included. `Bearer …` does as well."
        return {**super().get_security_definition(auto_schema), "description": description}


class RememberedSessionScheme(SessionScheme):
    target_class = "configuration.api.authentication.RememberedSession"
    name = "session"

"""Request handling that holds for every page."""

from collections.abc import Callable
from http import HTTPStatus

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

from login.exceptions import TooManyGuesses
from realtime.errors import refuse, too_many_guesses
from realtime.origins import DEFAULT_PORTS

# Alpine in the admin evaluates expressions in attributes; Swagger UI writes style elements.
RELAXED_POLICIES = {
    "/admin/": {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]},
    "/docs": {"style-src": ["'unsafe-inline'"]},
}
EITHER_SPELLING = (
    "/api/",
    "/docs/",
    "/redoc/",
    "/openapi.json/",
    "/healthz/",
    "/ready/",
    "/info/",
    "/metrics/",
)
"""Beginnings of the addresses that exist without a trailing slash only. Pages and admin keep theirs."""


def default_port_left_out(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """`Host: x:443` is the host that an `Origin: https://x` names; Django compares the two as texts."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "HTTP_HOST" in request.META:
            request.META["HTTP_HOST"] = request.META["HTTP_HOST"].removesuffix(
                f":{DEFAULT_PORTS[request.scheme or 'http']}"
            )
        return get_response(request)

    return middleware


def bounded_body(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse a body that is too large, or of no stated length, before anything reads it."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > limit:
            message = f"A body has at most {limit} bytes, got {length}."
            return refuse(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
        if not length and "HTTP_TRANSFER_ENCODING" in request.META:
            message = "A body needs its Content-Length; chunks are not read here."
            return refuse(request, HTTPStatus.LENGTH_REQUIRED, message)
        return get_response(request)

    return middleware


def optional_trailing_slash(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Serve programs' addresses with and without a trailing slash, for every method, without a redirect."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(EITHER_SPELLING) and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        return get_response(request)

    return middleware


def content_security_exceptions(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Relax the content security policy on the pages whose libraries need it, and only there."""
    relaxed = {prefix: csp_update(policy)(get_response) for prefix, policy in RELAXED_POLICIES.items()}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        for prefix, respond in relaxed.items():
            if request.path_info.startswith(prefix):
                return respond(request)
        return get_response(request)

    return middleware


def kept_nowhere(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """`no-store` on whatever is for those who are known only, or depends on who asks."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_refused = response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        if is_refused or request.path_info.startswith("/admin") or _was_looked_up(request):
            patch_cache_control(response, no_store=True)
        return response

    return middleware


def _was_looked_up(request: HttpRequest) -> bool:
    """By session, or by token, which Django REST framework leaves on the request."""
    return request.session.accessed or getattr(request, "auth", None) is not None


class GuessesAnswered:
    """Where a password came too early, whichever form took it: 429, with when to come again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return too_many_guesses(request, error) if isinstance(error, TooManyGuesses) else None

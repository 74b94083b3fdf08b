"""Request handling that holds for every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

EITHER_SPELLING = ("/api/", "/docs/", "/healthz/", "/ready/", "/info/", "/metrics/")
"""Beginnings of the addresses that exist without a trailing slash only. Pages and admin keep theirs."""


def optional_trailing_slash(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Serve programs' addresses with and without a trailing slash, for every method, without a redirect."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(EITHER_SPELLING) and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        return get_response(request)

    return middleware

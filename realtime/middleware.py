"""Request handling that holds for every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


def optional_trailing_slash(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Serve /api/… with and without a trailing slash, for every method, without a redirect."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith("/api/") and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        return get_response(request)

    return middleware

"""Answers are compressed for whoever reads gzip, by Django and in front of it (`hot_lane`) alike."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

FEWEST_BYTES = 1000
"""What is shorter fits into one packet either way."""
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


def compressed(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Compress what is long, and say on every answer that it may differ by encoding.

    Django's own middleware says so on long ones only, and makes weak tags of strong ones, which writers send back.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        vary_by_encoding(response)
        if isinstance(response, HttpResponse) and reads_gzip(request.headers.get("Accept-Encoding", "")):
            compress(response)
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def vary_by_encoding(response: HttpResponseBase) -> None:
    """An answer may differ by how it is encoded, whether or not this one is."""
    patch_vary_headers(response, ["Accept-Encoding"])


def reads_gzip(accepted: str) -> bool:
    """Does an Accept-Encoding name gzip, and not as what must not come?"""
    return GZIP.search(accepted) is not None


def compress(response: HttpResponse) -> None:
    """Compress a body where it is long, and not the only one that its tag stands for.

    From the length of a compressed page a secret in it could be guessed, beside words of the one who guesses (BREACH):
    forms carry the token against forgery. Django writes that token anew each time, and its compressor makes a page
    longer by chance. Data hold no secrets, and the same data become the same bytes.
    """
    is_of_strong_tag = response.headers.get("ETag", "").startswith('"')
    if len(response.content) < FEWEST_BYTES or is_of_strong_tag:
        return
    is_page = response.headers["Content-Type"].startswith("text/html")
    chance = GZipMiddleware.max_random_bytes if is_page else None
    response.content = compress_string(response.content, max_random_bytes=chance)
    response.headers["Content-Encoding"] = "gzip"

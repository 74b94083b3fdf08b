"""What is answered where no view answers: pages for people; for programs JSON, in the shape of its section."""

import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.csrf import csrf_exempt

from login.exceptions import TooManyGuesses
from realtime.navigation import ACCESS
from realtime.roles import RIGHTS
from rest.refusals import WHO_ASKS, refusal_body
from rest.unavailable import RETRY_AFTER_SECONDS

LONGEST_ADDRESS_REPEATED = 100
WITHOUT_ENVELOPE = ("/api/v1/metrics", "/api/v1/feed", "/api/v1/signals")
"""Beginnings of the addresses whose errors are `{"error", "message"}` and nothing around it, but for who asks."""

CODES: dict[int, str] = {
    **WHO_ASKS,
    HTTPStatus.BAD_REQUEST: "BAD_REQUEST",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.LENGTH_REQUIRED: "LENGTH_REQUIRED",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "BODY_TOO_LARGE",
    HTTPStatus.TOO_MANY_REQUESTS: "THROTTLED",
    HTTPStatus.INTERNAL_SERVER_ERROR: "INTERNAL_ERROR",
    HTTPStatus.SERVICE_UNAVAILABLE: "STORE_UNAVAILABLE",
}

STALE_FORM = "What was entered is not taken, and nothing is changed: load the page again and retry."
NO_ROLE = "Your account has no right to it. Ask an administrator for a role that has it."

PAGES = {status: f"{status}.html" for status in (403, 404, 429, 500, 503)}
"""What people see; 400.html for everything else that was wrong with a request."""


class NothingThere(Http404):
    """Of its kind there is none at this address of the admin; those there are stand in a list."""

    def __init__(self, kind: str, way_on: str, way_on_to: str) -> None:
        super().__init__(f"There is no such {kind}")
        self.shown = {
            "heading": str(self),
            "reason": "It may have been deleted, or the address is mistyped.",
            "way_on": way_on,
            "way_on_to": way_on_to,
        }


@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    """404 of every address under /api no view has, with DEBUG too."""
    address = request.path_info
    if len(address) > LONGEST_ADDRESS_REPEATED:
        address = f"{address[:LONGEST_ADDRESS_REPEATED]}…"
    return refuse(request, HTTPStatus.NOT_FOUND, f"No such address: {address}")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404; of a page whose address lacks its slash the way there."""
    if request.method in ("GET", "HEAD") and _is_page(f"{request.path_info}/"):
        return redirect(request.get_full_path(force_append_slash=True))
    shown = exception.shown if isinstance(exception, NothingThere) else {}
    return refuse(request, HTTPStatus.NOT_FOUND, "There is nothing at this address.", **shown)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, HTTPStatus.BAD_REQUEST, "The request is not one this server takes.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refuse(request, HTTPStatus.FORBIDDEN, "You may not do this.", **_who_may(request.path_info))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form that came without its token."""
    message = "The token against forged requests is missing or wrong."
    return refuse(
        request, HTTPStatus.FORBIDDEN, message, heading="This page was open for too long", reason=STALE_FORM
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database is away (it holds the sessions, too), 500 for everything else."""
    if isinstance(sys.exc_info()[1], DatabaseError):
        answer = refuse(request, HTTPStatus.SERVICE_UNAVAILABLE, "The database is away.")
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    message = "Something broke on our side; it has been logged."
    return refuse(request, HTTPStatus.INTERNAL_SERVER_ERROR, message)


def too_many_guesses(request: HttpRequest, error: TooManyGuesses) -> HttpResponse:
    """429 of a password that nobody has looked at."""
    message = f"Too many wrong passwords. Try again in {error.seconds} s."
    answer = refuse(request, HTTPStatus.TOO_MANY_REQUESTS, message, again_at=error.again_at)
    answer["Retry-After"] = str(error.seconds)
    return answer


def refuse(request: HttpRequest, status: HTTPStatus, message: str, **shown: Any) -> HttpResponse:
    """An error as the address promises it: `message` for programs, a page for people, who are `shown` more."""
    if not is_for_programs(request.path_info):
        return render(
            request, PAGES.get(status, "400.html"), way_on(request.path_info, status) | shown, status=status
        )
    return JsonResponse(_body(request.path_info, status, message), status=status)


def _who_may(address: str) -> dict[str, str]:
    """What the page is that may not be seen, and what it takes, where a place of the admin is refused."""
    place = next((each for each in ACCESS if address.startswith(each.link)), None)
    right = place and next((each for each in RIGHTS.values() if place.needs in each.permissions), None)
    if place is None or right is None:
        return {"reason": NO_ROLE}
    takes = f"It takes the right to {right.words}. Ask an administrator for a role that has it."
    return {"heading": f"You may not open {place.title}", "reason": takes}


def _is_page(address: str) -> bool:
    """Is there a page of this very address? What takes any address has no name."""
    try:
        return resolve(address).url_name is not None
    except Resolver404:
        return False


def way_on(address: str, status: HTTPStatus) -> dict[str, str]:
    """Where a page of refusal leads: whoever was in the admin stays there, unless its database is what is away."""
    if address.startswith("/admin/") and status != HTTPStatus.SERVICE_UNAVAILABLE:
        return {"way_on": reverse("admin:index"), "way_on_to": "Home"}
    return {}


def is_for_programs(address: str) -> bool:
    return address == "/api" or address.startswith("/api/")


def _body(address: str, status: HTTPStatus, message: str) -> Mapping[str, Any]:
    if address.startswith(WITHOUT_ENVELOPE) and status not in WHO_ASKS:
        return {"error": _title(status), "message": message}
    return refusal_body(CODES[status], message)


def _title(status: HTTPStatus) -> str:
    return CODES[status].replace("_", " ").capitalize()

"""Halting from a browser while the database is away: for whoever it knew there in the last hours.

What it shows needs no log-in, no menu and no permission to be read anew.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from configuration.api.authentication import REMEMBERED_FOR_EMERGENCIES, memory
from configuration.domain.catalogue import CATALOGUE
from configuration.exceptions import ConfigurationError, ValidationFailed
from configuration.permissions import HALT
from desk.words import in_words
from desk.writing import REASON_MISSING, author_of, reason_in
from halts import landing, services
from halts.domain import Scope
from halts.without_database import Outcome


def remember(request: HttpRequest) -> None:
    """Whoever is served a page of the desk may halt from this browser, should the database go away."""
    memory.remember(_session(request), (request.user, None))


def remembered(request: HttpRequest) -> Any:
    """The account, where it may halt; None for strangers."""
    identity = memory.recall(_session(request), REMEMBERED_FOR_EMERGENCIES) if _session(request) else None
    return identity[0] if identity and identity[0].has_perm(HALT) else None


def halt_without_database(request: HttpRequest, user: Any) -> HttpResponse:
    """Ask what to halt and why; then write it to the file of this machine and publish it on NATS."""
    request.user = user
    asked = request.POST if request.method == "POST" else request.GET
    strategy_id, symbols = asked.get("strategy", ""), asked.get("symbol", "").strip()
    scope = Scope(strategy_id, symbols)
    reason = reason_in(request)
    if request.method != "POST":
        return ask(request, scope)
    try:
        scopes = services.scopes_of(strategy_id, symbols_in(symbols))
    except ConfigurationError as refusal:
        problems = refusal.problems if isinstance(refusal, ValidationFailed) else ()
        return ask(request, scope, [in_words(problem.message) for problem in problems] or [str(refusal)])
    if not reason:
        return ask(request, scope, [REASON_MISSING])
    return landed(request, landing.halt(scopes, author=author_of(request, reason)))


def ask(request: HttpRequest, scope: Scope, problems: list[str] | None = None) -> HttpResponse:
    context = {
        "scope": scope,
        "catalogue": CATALOGUE,
        "reason": reason_in(request),
        "problems": problems or [],
    }
    return render(request, "halts/emergency.html", context, status=400 if problems else 503)


def landed(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    """What a halt that is not on record yet has reached."""
    context = {"outcome": outcome, "confirmed_by": landing.confirmed_by(outcome.records)}
    return render(request, "halts/landed.html", context, status=202)


def symbols_in(text: str) -> list[str]:
    """The symbols of a field that takes several, parted by blanks or commas."""
    return text.replace(",", " ").split()


def _session(request: HttpRequest) -> str:
    return str(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))

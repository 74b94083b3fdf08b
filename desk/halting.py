"""Halting and resuming: what is halted, and the two pages that ask for a reason before they act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from configuration.addressing import strategy_name
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.problems import Problem
from configuration.exceptions import ValidationFailed
from configuration.permissions import HALT, RESUME
from database.deadline import at_most
from desk.emergency import halt_without_database, landed, remembered, symbols_in
from desk.pages import demand, level_name, page, render
from desk.suggestions import tracked_symbols
from desk.writing import author_of, meant, reason_field, reason_in, unanswered
from halts import landing, services
from halts.domain import HaltRecord, Halts, HaltState, Scope
from halts.held_back import HeldBack, held_back
from halts.known import unknown_among
from halts.landing import DATABASE_SECONDS
from halts.reading import halts_now
from halts.without_database import Outcome

MOST_STILL = 5
"""Halts named that still hold; the others are counted."""


@dataclass(frozen=True, slots=True)
class HaltShown:
    """One halt that holds, as pages show it; `held_back` counts signals, where they could be counted."""

    record: HaltRecord
    held_back: HeldBack | None = None

    @property
    def scope_name(self) -> str:
        return scope_name(self.record.scope)

    @property
    def key(self) -> str:
        """The scope as the pages' script spells it."""
        return f"{self.record.strategy_id}/{self.record.symbol}"

    @property
    def since(self) -> datetime:
        """Since when its scope is halted, whoever has given another reason meanwhile."""
        return datetime.fromtimestamp(self.record.began, UTC)

    @property
    def resume_url(self) -> str:
        return decision_url("resume", self.record.scope)

    @property
    def held_back_url(self) -> str:
        """Where the signals are listed that are halted of its scope."""
        return f"{reverse('strategies:signals')}?{query_of(self.record.scope, state='halted')}"


@dataclass(frozen=True, slots=True)
class HaltStatus:
    """A scope, every halt that covers it, the widest first, and the symbols of it that are halted by name."""

    scope: Scope
    halted_by: list[HaltShown]
    symbols: list[str]

    @property
    def state(self) -> HaltState:
        return "HALTED" if self.halted_by else "ACTIVE"

    @property
    def own(self) -> HaltShown | None:
        """The halt of exactly this scope: what resuming it would lift."""
        return next((halt for halt in self.halted_by if halt.record.scope == self.scope), None)

    @property
    def wider(self) -> HaltShown | None:
        """The widest halt that covers more than this scope."""
        return next((halt for halt in self.halted_by if halt.record.scope != self.scope), None)

    @property
    def halt_url(self) -> str:
        return decision_url("halt", self.scope)


def scope_name(scope: Scope) -> str:
    """A scope in words."""
    if scope == Scope():
        return "everything"
    strategy = strategy_name(scope.strategy_id) or "all strategies"
    return f"{strategy} on {level_name(scope.symbol or None)}"


def scopes_name(scopes: Sequence[Scope]) -> str:
    """Several symbols of a strategy, or of all, in words."""
    if len(scopes) == 1:
        return scope_name(scopes[0])
    strategy = strategy_name(scopes[0].strategy_id) or "all strategies"
    return f"{strategy} on {len(scopes)} symbols: {', '.join(scope.symbol for scope in scopes)}"


def decision_url(verb: str, scope: Scope) -> str:
    """The page that halts or resumes a scope."""
    query = query_of(scope)
    return reverse(f"tuning:{verb}") + (f"?{query}" if query else "")


def query_of(scope: Scope, **more: str) -> str:
    """A scope, and more, as pages are asked for it."""
    asked = {"strategy": scope.strategy_id, "symbol": scope.symbol, **more}
    return urlencode({name: value for name, value in asked.items() if value})


def halt_status_now(strategy_id: str, symbol: str | None = None) -> HaltStatus | None:
    """The state of a level; None where the database is away and was never read."""
    halts = halts_now()
    return None if halts is None else halt_status(halts, Scope(strategy_id, symbol or ""))


def all_of(halts: Halts) -> list[HaltShown]:
    """Every halt that holds, the widest first."""
    return [HaltShown(record) for _, record in sorted(halts.records.items())]


def counted(halts: list[HaltShown]) -> list[HaltShown]:
    """The same, each with the signals it has held back."""
    counts = held_back([halt.record for halt in halts])
    return [replace(halt, held_back=counts.get(halt.record.scope)) for halt in halts]


def about(symbol: str) -> list[HaltShown]:
    """Every halt that covers a symbol in any strategy, the widest first."""
    return [halt for halt in all_of(halts_now() or Halts()) if halt.record.symbol in ("", symbol)]


def halt_status(halts: Halts, scope: Scope) -> HaltStatus:
    """The state of a scope among these halts."""
    symbols = [] if scope.symbol else halts.symbols(scope.strategy_id)
    return HaltStatus(scope, [HaltShown(record) for record in halts.covering(*scope)], symbols)


def halt(request: HttpRequest) -> HttpResponse:
    """Ask what to halt and why; then let no signal of it leave: while the database is away, too."""
    with at_most(DATABASE_SECONDS):
        try:
            response = halt_as_usual(request)
            return response.render() if isinstance(response, TemplateResponse) else response
        except DatabaseError:
            user = remembered(request)
            if user is None:
                raise
            return halt_without_database(request, user)


@page
def halt_as_usual(request: HttpRequest) -> HttpResponse:
    """The page in its frame, for who may halt."""
    demand(request.user, HALT)
    asked = request.POST if request.method == "POST" else request.GET
    strategy_id, text = asked.get("strategy", ""), asked.get("symbol", "").strip()
    try:
        scopes = services.scopes_of(strategy_id, [meant(asked, symbol) for symbol in symbols_in(text)])
    except ValidationFailed as refusal:
        return ask(request, "halt", Scope(strategy_id, text), problems=refusal.problems)
    scope = Scope(strategy_id, " ".join(each.symbol for each in scopes))  # as the fields of the page write it
    if request.method != "POST":
        already = halted_already(scope, [each.symbol for each in scopes])
        return ask(request, "halt", scope, already=already)
    reason = reason_in(request)
    if not reason:
        return ask(request, "halt", scope, reason_missing=True)
    if unknown := unanswered(request.POST, unknown_among(scopes)):
        return ask(request, "halt", scope, unknown=unknown)
    outcome = landing.halt(scopes, author=author_of(request, reason))
    if not outcome.is_on_record:
        return landed(request, outcome)
    show(request, scopes, outcome)
    return redirect("admin:index")


def show(request: HttpRequest, scopes: Sequence[Scope], outcome: Outcome) -> None:
    """What was halted, and of what was halted already what has become of it."""
    if new := [scope for scope in scopes if scope not in outcome.before]:
        whose, are = ("Its", "it is") if len(new) == 1 else ("Their", "they are")
        sentence = f"Halted: {scopes_name(new)}. {whose} signals are not sent until {are} resumed."
        messages.success(request, sentence)
    for record in outcome.records:
        if before := outcome.before.get(record.scope):
            messages.warning(request, found_already(record, before))


def found_already(halt: HaltRecord, before: HaltRecord) -> str:
    """In words: since when this is halted, and what has become of the reason that was given for it."""
    found = HaltShown(before)
    since = f"Halted already: {found.scope_name}, since {found.since:%d %B %Y, %H:%M:%S} UTC"
    if halt.reason == before.reason:
        return f"{since}. Nothing changed: {before.actor} gave the same reason, “{before.reason}”."
    return f"{since}. The reason is “{halt.reason}” now; it was “{before.reason}”, {before.actor}."


def halted_already(scope: Scope, symbols: Sequence[str]) -> list[HaltShown]:
    """The halts of exactly this strategy, or all, on these symbols, or all."""
    known = (halts_now() or Halts()).records
    scopes = [scope._replace(symbol=symbol) for symbol in symbols or [""]]
    return [HaltShown(known[each]) for each in scopes if each in known]


@page
def resume(request: HttpRequest) -> HttpResponse:
    """Ask why; then lift the halt of exactly this scope."""
    demand(request.user, RESUME)
    scope = services.scope_of(request.GET.get("strategy"), request.GET.get("symbol"))
    reason = reason_in(request) if request.method == "POST" else ""
    if not reason:
        return ask_to_resume(request, scope)
    if services.resume(scope, author=author_of(request, reason)) is None:
        return nothing_to_resume(request, scope)
    still = still_halted(services.in_force(), scope)
    add = messages.warning if still else messages.success
    add(request, f"Resumed: {scope_name(scope)}.{still_words(still)}")
    return redirect("admin:index")


def still_halted(halts: Halts, scope: Scope) -> list[HaltShown]:
    """What goes on holding back signals of a scope once exactly its halt is lifted, the widest first."""
    return [HaltShown(record) for record in halts.beside([scope])]


def still_words(still: Sequence[HaltShown]) -> str:
    """The same after a sentence; empty where nothing does."""
    if not still:
        return ""
    names = [halt.scope_name for halt in still[:MOST_STILL]]
    more = [f"and {len(still) - MOST_STILL} more"] if len(still) > MOST_STILL else []
    return f" Still halted: {'; '.join(names + more)}."


def ask_to_resume(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The page that asks why, where there is a halt to lift; it names the others that go on holding."""
    halts = services.in_force()
    status = halt_status(halts, scope)
    if status.own is None:
        return nothing_to_resume(request, scope)
    still = still_halted(halts, scope)
    return ask(
        request,
        "resume",
        scope,
        halts=counted([status.own, *still[:MOST_STILL]]),
        more=len(still[MOST_STILL:]),
        wider=[halt.record.scope for halt in status.halted_by],
        reason_missing=request.method == "POST",
    )


def nothing_to_resume(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Back to where all halts are listed."""
    messages.warning(request, f"There is no halt of exactly {scope_name(scope)}.")
    return redirect("admin:index")


def ask(
    request: HttpRequest,
    verb: str,
    scope: Scope,
    *,
    reason_missing: bool = False,
    problems: tuple[Problem, ...] = (),
    unknown: Mapping[str, list[str]] | None = None,
    **context: Any,
) -> HttpResponse:
    """The page that asks for the reason."""
    return render(
        request,
        f"desk/{verb}.html",
        f"{verb.capitalize()} strategies",
        status=400 if reason_missing or problems else 409 if unknown else 200,
        scope=scope,
        scope_name=scope_name(scope),
        catalogue=CATALOGUE,
        suggestions=tracked_symbols(),
        problems=problems,
        unknown=unknown or {},
        **reason_field(reason_in(request), missing=reason_missing),
        **context,
    )

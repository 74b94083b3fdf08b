"""The search of every page: pages, strategies, their parameters, symbols, and what can be halted or resumed, as far as
whoever asks may go there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from configuration import reading
from configuration.domain.catalogue import CATALOGUE
from configuration.exceptions import StoreUnavailable
from desk.halting import all_of, decision_url
from desk.suggestions import tracked_symbols
from halts.domain import Halts, Scope
from halts.reading import halts_now
from metrics.pages.names import symbol_url
from realtime.navigation import ACCESS, HALTING, MARKETS, RESUMING, STRATEGIES, WAYS, may_go

MOST_FOUND = 12
MOST_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Find:
    """Something to go to. `kind` says what it is; `words`: what else it is searched for by; `symbol`: the one it is
    about, empty where it is about none or all."""

    title: str
    kind: str
    link: str
    words: str = ""
    symbol: str = ""

    def fits(self, asked: list[str]) -> bool:
        """Does it contain each word that was typed, wherever?"""
        text = f"{self.title} {self.kind} {self.words}".casefold()
        return all(word in text for word in asked)

    def place(self, typed: str) -> tuple[int, str, int]:
        """What comes first sorts first: what is about a symbol that begins so, then about one that contains it, each
        symbol's own page before what else there is about it; then titles that begin so; then the rest."""
        symbol = self.symbol.casefold()
        if typed in symbol:
            return 0 if symbol.startswith(typed) else 1, symbol, len(self.title)
        return 2 if self.title.casefold().startswith(typed) else 3, "", 0


@dataclass(frozen=True, slots=True)
class Found:
    """The best of what fits, and how many more there are."""

    asked: str
    finds: list[Find]
    total: int

    @property
    def marked(self) -> list[tuple[Find, str]]:
        """Each with its title, in which what was typed is marked."""
        return [(each, marked(each.title, self.asked.split())) for each in self.finds]

    @property
    def words(self) -> str:
        """What a reader is shown who does not see how many there are."""
        shown = len(self.finds)
        return (
            f"{shown} found"
            if shown == self.total
            else f"{shown} of {self.total}; type on to narrow it down."
        )


def marked(title: str, typed: list[str]) -> str:
    """HTML: the title, with what of it was typed."""
    if not typed:
        return conditional_escape(title)
    longest_first = sorted(map(re.escape, typed), key=len, reverse=True)
    parts = re.split(f"({'|'.join(longest_first)})", title, flags=re.IGNORECASE)
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", part) if number % 2 else part,)
            for number, part in enumerate(parts)
        ),
    )


@require_safe
@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """What fits `q`, the best first; all pages where nothing is asked. With `bare`, without the frame of the page."""
    asked = request.GET.get("q", "").strip()[:MOST_CHARACTERS]
    try:
        found = best(asked, request.user)
    except DatabaseError:
        found = best(asked, AnonymousUser())
    template = "realtime/found.html" if "bare" in request.GET else "realtime/find.html"
    return render(request, template, {"found": found})


def best(asked: str, user: Any) -> Found:
    """At most `MOST_FOUND`: in their places, and in the order of the product where they have the same."""
    typed = asked.casefold()
    places = everything(user) if typed else pages(user)
    fitting = [each for each in places if each.fits(typed.split())]
    if typed:
        fitting.sort(key=lambda each: each.place(typed))
    return Found(asked, fitting[:MOST_FOUND], len(fitting))


def everything(user: Any) -> Iterator[Find]:
    yield from pages(user)
    if may_go(user, STRATEGIES):
        yield from strategies(may_halt=may_go(user, HALTING))
        yield from parameters()
    if may_go(user, RESUMING):
        yield from resumptions()
    yield from symbols(user)


def pages(user: Any) -> Iterator[Find]:
    for kind, places in (("Page", WAYS), ("All symbols", [HALTING]), ("Access", ACCESS)):
        for place in places:
            if may_go(user, place):
                yield Find(place.title, kind, place.link, place.words)


def strategies(*, may_halt: bool) -> Iterator[Find]:
    """Every strategy, every symbol that has values of its own there, and the way to halt it."""
    for strategy_id, spec in CATALOGUE.items():
        yield Find(spec.name, "Strategy", reverse("tuning:strategy", args=[strategy_id]), strategy_id)
        if may_halt:
            yield halt(spec.name, Scope(strategy_id))
        for symbol in overridden(strategy_id):
            link = reverse("tuning:symbol", args=[strategy_id, symbol])
            words = f"{strategy_id} override"
            yield Find(f"{symbol} in {spec.name}", "Values of its own", link, words, symbol)


def parameters() -> Iterator[Find]:
    """Every parameter, by its label and its name, where its value for all symbols stands."""
    for strategy_id, spec in CATALOGUE.items():
        page = reverse("tuning:strategy", args=[strategy_id])
        for parameter in spec.parameters.values():
            words = f"{parameter.name} {strategy_id}"
            yield Find(
                f"{parameter.label} of {spec.name}", "Parameter", f"{page}#value-{parameter.name}", words
            )


def resumptions() -> Iterator[Find]:
    """The way to lift each halt that holds; none while nobody can know."""
    for shown in all_of(halts_now() or Halts()):
        scope = shown.record.scope
        title = RESUMING.title if scope == Scope() else f"Resume {shown.scope_name}"
        yield Find(title, "Halted", shown.resume_url, RESUMING.words, scope.symbol)


def overridden(strategy_id: str) -> list[str]:
    """Symbols with values of their own; none while the database is away."""
    try:
        return list(reading.strategy(strategy_id).symbols)
    except StoreUnavailable:
        return []


def symbols(user: Any) -> Iterator[Find]:
    """Every tracked symbol, and the way to halt it in all strategies."""
    may_look, may_halt = may_go(user, MARKETS), may_go(user, HALTING)
    for symbol in tracked_symbols() if may_look or may_halt else []:
        if may_look:
            yield Find(symbol, "Symbol", symbol_url(symbol), "market book pressure", symbol)
        if may_halt:
            yield halt(symbol, Scope("", symbol))


def halt(name: str, scope: Scope) -> Find:
    return Find(
        f"Halt {name}", "Halt", decision_url("halt", scope), f"{scope.strategy_id} stop", scope.symbol
    )

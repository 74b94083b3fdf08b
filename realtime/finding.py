"""The search of every page: pages, strategies, their parameters, symbols, and what can be halted or resumed, as far as
whoever asks may go there."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, auto
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
from realtime.navigation import (
    ACCESS,
    CHANNELS,
    COMPARISON,
    HALTING,
    MARKETS,
    NEW_RULE,
    OWN_PASSWORD,
    RESUMING,
    RULES,
    STRATEGIES,
    WAYS,
    may_go,
)

MOST_FOUND = 12
MOST_CHARACTERS = 64
WORD = re.compile(r"[^\W_]+")


class Rank(IntEnum):
    """How well something fits what was typed, the best first: that is its title, or begins it; each word begins one of
    the title, or is somewhere in it, or else begins one of those it is also searched for by."""

    EXACT = auto()
    PREFIX = auto()
    PREFIX_OF_WORDS = auto()
    PART = auto()
    OTHER_WORDS = auto()


def in_words(text: str) -> str:
    """In small letters and single spaces, names of the code among them: `buy_threshold` is two words."""
    return " ".join(text.casefold().replace("_", " ").split())


def begins(words: Iterable[str], typed: str) -> bool:
    """Does any of the words begin so?"""
    return any(word.startswith(typed) for word in words)


@dataclass(frozen=True, slots=True)
class Find:
    """Something to go to. `kind` says what it is; `words`: what else it is searched for by; `at_best` keeps parts of
    something behind the whole, whatever they are called."""

    title: str
    kind: str
    link: str
    words: str = ""
    at_best: Rank = Rank.EXACT

    def rank(self, typed: str) -> Rank | None:
        """How well it fits what was typed; None where it lacks a word of it."""
        asked, title = typed.split(), self.title.casefold()
        others = in_words(f"{self.kind} {self.words}").split()
        if title == typed:
            rank = Rank.EXACT
        elif title.startswith(typed):
            rank = Rank.PREFIX
        elif all(word in title for word in asked):
            parts = WORD.findall(title)
            rank = Rank.PREFIX_OF_WORDS if all(begins(parts, word) for word in asked) else Rank.PART
        elif all(word in title or begins(others, word) for word in asked):
            rank = Rank.OTHER_WORDS
        else:
            return None
        return max(rank, self.at_best)


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
    """At most `MOST_FOUND`, by their rank, and in the order of the product where they have the same."""
    typed = in_words(asked)
    if not typed:
        fitting = list(pages(user))
    else:
        ranked = [(each.rank(typed), each) for each in everything(user)]
        fitting = [each for rank in Rank for found, each in ranked if found == rank]
    return Found(asked, fitting[:MOST_FOUND], len(fitting))


def everything(user: Any) -> Iterator[Find]:
    """What one goes to before what one does, and that before single values."""
    may_see, may_look, may_halt = (may_go(user, place) for place in (STRATEGIES, MARKETS, HALTING))
    tracked = tracked_symbols() if may_look or may_halt else []
    yield from pages(user)
    if may_see:
        yield from strategies()
    if may_look:
        yield from symbols(tracked)
    if may_halt:
        yield from halts(tracked, may_see=may_see)
    if may_go(user, RESUMING):
        yield from resumptions()
    if may_see:
        yield from overrides()
        yield from parameters()


def pages(user: Any) -> Iterator[Find]:
    kinds = (
        ("Page", (*WAYS, COMPARISON, RULES, NEW_RULE, CHANNELS)),
        ("All symbols", [HALTING]),
        ("Access", ACCESS),
        ("Account", [OWN_PASSWORD]),
    )
    for kind, places in kinds:
        for place in places:
            if may_go(user, place):
                yield Find(place.title, kind, place.link, place.words)


def strategies() -> Iterator[Find]:
    for strategy_id, spec in CATALOGUE.items():
        yield Find(spec.name, "Strategy", reverse("tuning:strategy", args=[strategy_id]), strategy_id)


def overrides() -> Iterator[Find]:
    """Every symbol that has values of its own in a strategy."""
    for strategy_id, spec in CATALOGUE.items():
        for symbol in overridden(strategy_id):
            link = reverse("tuning:symbol", args=[strategy_id, symbol])
            words = f"{strategy_id} override"
            yield Find(f"{symbol} in {spec.name}", "Values of its own", link, words)


def parameters() -> Iterator[Find]:
    """Every parameter, by its label and its name, where its value for all symbols is changed."""
    for strategy_id, spec in CATALOGUE.items():
        form = reverse("tuning:global", args=[strategy_id])
        for parameter in spec.parameters.values():
            yield Find(
                f"{parameter.label} of {spec.name}",
                "Parameter",
                f"{form}#param-{parameter.name}",
                f"{parameter.name} {strategy_id}",
                Rank.PREFIX_OF_WORDS,
            )


def resumptions() -> Iterator[Find]:
    """The way to lift each halt that holds; none while nobody can know."""
    for shown in all_of(halts_now() or Halts()):
        scope = shown.record.scope
        title = RESUMING.title if scope == Scope() else f"Resume {shown.scope_name}"
        yield Find(title, "Halted", shown.resume_url, RESUMING.words)


def overridden(strategy_id: str) -> list[str]:
    """Symbols with values of their own; none while the database is away."""
    try:
        return list(reading.strategy(strategy_id).symbols)
    except StoreUnavailable:
        return []


def symbols(tracked: Iterable[str]) -> Iterator[Find]:
    for symbol in tracked:
        yield Find(symbol, "Symbol", symbol_url(symbol), "market book pressure")


def halts(tracked: Iterable[str], *, may_see: bool) -> Iterator[Find]:
    """The way to halt each tracked symbol in all strategies, and each strategy for who may see them."""
    for strategy_id, spec in CATALOGUE.items() if may_see else ():
        yield halt(spec.name, Scope(strategy_id))
    for symbol in tracked:
        yield halt(symbol, Scope("", symbol))


def halt(name: str, scope: Scope) -> Find:
    return Find(f"Halt {name}", "Halt", decision_url("halt", scope), f"{scope.strategy_id} stop")

"""What is halted now, on top of the pages where people look: with who, why and the way to resume it for those who may.

Strangers get the marks of the market, which are public and wait for no database.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from configuration.domain.catalogue import CATALOGUE
from configuration.permissions import RESUME, may, may_see_configuration
from desk.halting import HaltShown, all_of, counted
from halts.domain import Halts
from halts.reading import halts_now
from metrics.marks import Mark, current
from metrics.views import page

MOST_LINES = 2
"""More than these are named in one line."""
MOST_NAMED = 3
"""The others are counted."""
SEEN_EVERY_MS, PUBLIC_EVERY_MS = 5_000, 15_000


@dataclass(frozen=True, slots=True)
class Summary:
    """Halts in one line: what they cover. `is_listed` where the reader may see all of them elsewhere."""

    headline: str
    names: list[str]
    more: int
    is_listed: bool


@dataclass(frozen=True, slots=True)
class HaltedNow:
    """The halts that hold, or else the marks they leave, by symbol (empty for all); a `summary` in their place where
    they are many, or the page is about something else.

    `is_everything`: no strategy sends any signal. `query` asks for the same anew.
    """

    halts: list[HaltShown]
    marks: list[tuple[str, Mark]]
    summary: Summary | None
    is_everything: bool
    may_resume: bool
    every_ms: int
    query: str


def halted_now(user: Any, but: str = "", known: Halts | None = None, *, is_brief: bool = False) -> HaltedNow:
    """As much as this reader may see of it, without what is about the symbol `but`; of the halts that are `known`
    already, else they are read. `is_brief`: in one line, whatever it is."""
    asked = {"but": but} if but else {}
    query = urlencode(asked | {"brief": "1"} if is_brief else asked)
    if not may_see_configuration(user):
        return for_strangers(but, query, is_brief=is_brief)
    known = halts_now() if known is None else known
    held = all_of(known) if known else []
    halts = [halt for halt in held if not but or halt.record.symbol not in ("", but)]
    everything = known is not None and known.are_halted(CATALOGUE)
    headline = f"{len(halts)} halt{'s' if len(halts) > 1 else ''} in force"
    summary = summed(
        headline, [halt.scope_name for halt in halts], everything, is_listed=True, is_brief=is_brief
    )
    shown = [] if summary else counted(halts)
    return HaltedNow(shown, [], summary, everything, may(user, RESUME), SEEN_EVERY_MS, query)


def for_strangers(but: str, query: str, *, is_brief: bool) -> HaltedNow:
    """The marks of the market; while everything is halted that of all symbols says all of it."""
    everything = current().others.halted
    marks = [
        (symbol, mark)
        for symbol, mark in public_marks()
        if (not but or symbol not in ("", but)) and not (everything and symbol)
    ]
    names = [symbol or "all symbols" for symbol, _ in marks]
    summary = summed("Halts in force", names, everything, is_listed=False, is_brief=is_brief)
    return HaltedNow([], [] if summary else marks, summary, everything, False, PUBLIC_EVERY_MS, query)


def summed(
    headline: str, names: list[str], everything: bool, *, is_listed: bool, is_brief: bool
) -> Summary | None:
    """Halts of these names in one line, the first of them named; without names where it is brief. None where they are
    so few that each has a line of its own."""
    if is_brief and names:
        return Summary("Everything is halted" if everything else headline, [], 0, is_listed)
    if len(names) <= MOST_LINES:
        return None
    return Summary(headline, names[:MOST_NAMED], len(names[MOST_NAMED:]), is_listed)


def public_marks() -> list[tuple[str, Mark]]:
    """That of all symbols, then those that differ from it."""
    marks = current()
    named = sorted((symbol, mark) for symbol, mark in marks.by_symbol.items() if mark != marks.others)
    return [(symbol, mark) for symbol, mark in [("", marks.others), *named] if mark.headline]


@page
def show(request: HttpRequest) -> HttpResponse:
    """The lines alone, for a page that is open; without those that are about `but`; with `brief` in one."""
    asked = request.GET
    now = halted_now(request.user, asked.get("but", ""), is_brief="brief" in asked)
    return render(request, "halts/now_lines.html", {"now": now})

"""What is halted now, on top of the pages where people look: with who, why and the way to resume it for those who may.

Strangers get the marks of the market, which are public and wait for no database.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from configuration.domain.catalogue import CATALOGUE
from configuration.permissions import RESUME, may, may_see_configuration
from desk.halting import HaltShown, all_of, counted
from halts.domain import Halts
from halts.reading import halts_now
from metrics.marks import Mark, current
from metrics.views import page

MOST_LINES = 5
"""The others are counted."""
SEEN_EVERY_MS, PUBLIC_EVERY_MS = 5_000, 15_000


@dataclass(frozen=True, slots=True)
class HaltedNow:
    """The halts that hold, or else the marks they leave, by symbol (empty for all): the first of them.

    `more` are the others, counted; `is_everything`: no strategy sends any signal. `but` is a symbol whose page shows
    itself what is halted of it.
    """

    halts: list[HaltShown]
    marks: list[tuple[str, Mark]]
    more: int
    is_everything: bool
    may_resume: bool
    every_ms: int
    but: str


def halted_now(user: Any, but: str = "", known: Halts | None = None) -> HaltedNow:
    """As much as this reader may see of it; of the halts that are `known` already, else they are read."""
    if not may_see_configuration(user):
        marks = [(symbol, mark) for symbol, mark in public_marks() if not but or symbol not in ("", but)]
        is_everything = current().others.halted
        return HaltedNow(
            [], marks[:MOST_LINES], len(marks[MOST_LINES:]), is_everything, False, PUBLIC_EVERY_MS, but
        )
    known = halts_now() if known is None else known
    halts = [
        halt for halt in (all_of(known) if known else []) if not but or halt.record.symbol not in ("", but)
    ]
    may_resume = may(user, RESUME)
    is_everything = known is not None and known.are_halted(CATALOGUE)
    return HaltedNow(
        counted(halts[:MOST_LINES]),
        [],
        len(halts[MOST_LINES:]),
        is_everything,
        may_resume,
        SEEN_EVERY_MS,
        but,
    )


def public_marks() -> list[tuple[str, Mark]]:
    """That of all symbols, then those that differ from it."""
    marks = current()
    named = sorted((symbol, mark) for symbol, mark in marks.by_symbol.items() if mark != marks.others)
    return [(symbol, mark) for symbol, mark in [("", marks.others), *named] if mark.headline]


@page
def show(request: HttpRequest) -> HttpResponse:
    """The lines alone, for a page that is open; without those that are about `but`."""
    context = {"now": halted_now(request.user, request.GET.get("but", ""))}
    return render(request, "halts/now_lines.html", context)

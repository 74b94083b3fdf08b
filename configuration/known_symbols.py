"""Whether anybody has heard of a symbol: what is set for a misspelt one changes nothing, and looks as if it did.

While that cannot be known (the store or the database away, no feed heard) every symbol passes.
"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from django.conf import settings
from django.utils.module_loading import import_string

from configuration import reading
from configuration.domain.effective import StrategyLevels
from configuration.exceptions import StoreUnavailable

MOST_NEAREST = 5
ALIKE = 0.75
"""Of 1: so that two coins are not taken for alike because both are priced in USDT."""
MOST_COMPARED = 5
"""Symbols for which the nearest are looked for: it takes some milliseconds for each."""


def unknown_among(symbols: Iterable[str]) -> dict[str, list[str]]:
    """The symbols nobody has heard of, with the nearest names; empty where that cannot be known now."""
    asked = dict.fromkeys(symbols)
    known = known_symbols() if asked else None
    if known is None:
        return {}
    unknown = [symbol for symbol in asked if symbol not in known]
    return {
        symbol: nearest(symbol, known) if place < MOST_COMPARED else []
        for place, symbol in enumerate(unknown)
    }


def doubts_about(levels: StrategyLevels, symbol: str | None) -> list[str]:
    """What is to be asked about a level that would be made; nothing about one that there is."""
    if symbol is None or levels.own(symbol):
        return []
    return list(map(question, unknown_among([symbol]).items()))


def known_symbols() -> set[str] | None:
    """Of markets and signals, as the function knows that the settings name, and those with values of their own."""
    heard: set[str] | None = import_string(settings.KNOWN_SYMBOLS)()
    if heard is None:
        return None
    try:
        levels = reading.strategies()
    except StoreUnavailable:
        return None
    return None if reading.reader.is_store_away else heard.union(*(each.symbols for each in levels))


def nearest(symbol: str, known: Collection[str]) -> list[str]:
    """The names that begin so, the shortest first, then those that are written much like it."""
    longer = sorted((name for name in known if name.startswith(symbol)), key=lambda name: (len(name), name))
    alike = get_close_matches(symbol, sorted(known), MOST_NEAREST, ALIKE)
    return list(dict.fromkeys([*longer, *alike]))[:MOST_NEAREST]


def question(unknown: tuple[str, list[str]]) -> str:
    """In words: nobody knows this symbol, and what may be meant."""
    symbol, nearest = unknown
    if not nearest:
        return f"{symbol}? No market, no values and no signal have that name."
    *before, last = nearest
    return f"{symbol}? You may mean {', '.join(before)}{' or ' if before else ''}{last}."

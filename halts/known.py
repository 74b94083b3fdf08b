"""Whether anybody has heard of a symbol: a halt of a misspelt one holds nothing back, and looks as if it did.

While that cannot be told (the store or the database away, no feed heard) every symbol passes: a halt must land.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from configuration import reading
from configuration.exceptions import ConfigurationError, StoreUnavailable
from halts.domain import Scope

MOST_NEAREST = 5
ALIKE = 0.75
"""Of 1: so that two coins are not taken for alike because both are priced in USDT."""
MOST_COMPARED = 5
"""Symbols for which the nearest are looked for: it takes some milliseconds for each."""


class UnknownSymbols(ConfigurationError):
    """Nobody has heard of these; `nearest` are the known names that are most alike, by symbol."""

    code = "UNKNOWN_SYMBOL"
    status = 409

    def __init__(self, nearest: Mapping[str, list[str]]) -> None:
        self.nearest = nearest
        super().__init__(" ".join(map(question, nearest.items())))

    @property
    def details(self) -> dict[str, Any]:
        """The first, and where there are more of them the others."""
        first, *others = ({"symbol": symbol, "nearest": nearest} for symbol, nearest in self.nearest.items())
        return {**first, "others": others} if others else first


def require_known(scopes: Iterable[Scope]) -> None:
    """Raises UnknownSymbols for those nobody has heard of."""
    if unknown := unknown_among(scopes):
        raise UnknownSymbols(unknown)


def unknown_among(scopes: Iterable[Scope]) -> dict[str, list[str]]:
    """The symbols nobody has heard of, with the nearest names; empty where that cannot be told now."""
    symbols = [scope.symbol for scope in scopes if scope.symbol]
    known = known_symbols() if symbols else None
    if known is None:
        return {}
    unknown = [symbol for symbol in symbols if symbol not in known]
    return {
        symbol: nearest(symbol, known) if place < MOST_COMPARED else []
        for place, symbol in enumerate(unknown)
    }


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

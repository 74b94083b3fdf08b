"""The market as a reader follows it: all rows by symbol, and which of them look different by now."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.market import Expiry, MarketId, MarketRow, MarketSummary, live_mids, summarise


class Changes(NamedTuple):
    """Symbols of which a market looks different; those whose bare name means another market now, or none; markets
    that are gone; and symbols of which one comes before another that was there and came first, or was alone."""

    changed: set[str]
    removed: list[str]
    gone: list[MarketId]
    moved: set[str]


class MarketView:
    """The rows of all markets, by symbol, the followed one first; and which look different since it was last asked."""

    def __init__(self, expiry: Expiry) -> None:
        self.expiry = expiry
        self.rows: dict[str, list[MarketRow]] = {}
        self._shown_states: dict[str, list[str]] = {}

    def replace(self, rows: Mapping[str, list[MarketRow]], now: float) -> None:
        """Start over from a full set of rows."""
        fresh = {symbol: self._unexpired(of_symbol, now) for symbol, of_symbol in rows.items()}
        self.rows = {symbol: of_symbol for symbol, of_symbol in fresh.items() if of_symbol}
        self._shown_states = {symbol: self._states(rows, now) for symbol, rows in self.rows.items()}

    def apply(self, rows: Iterable[list[MarketRow]], removed: Iterable[str], now: float) -> Changes:
        """Take in the new rows of symbols, all of each, and drop `removed` symbols."""
        changes = Changes(set(), [], [], set())
        for symbol in removed:
            changes.gone.extend(row.id for row in self._forget(symbol))
            changes.removed.append(symbol)
        for of_symbol in rows:
            self._put(of_symbol[0].symbol, of_symbol, now, changes)
        return changes

    def sweep(self, now: float) -> Changes:
        """What the passing of time alone has changed: states, and what has expired."""
        changes = Changes(set(), [], [], set())
        for symbol, rows in list(self.rows.items()):
            fresh = self._unexpired(rows, now)
            if not fresh:
                changes.gone.extend(row.id for row in self._forget(symbol))
                changes.removed.append(symbol)
            elif len(fresh) < len(rows):
                self._put(symbol, fresh, now, changes)
            elif (states := self._states(rows, now)) != self._shown_states[symbol]:
                self._shown_states[symbol] = states
                changes.changed.add(symbol)
        return changes

    def markets(self) -> list[str]:
        """Where anything of what is tracked is traded: "binance/spot", in alphabetical order."""
        return sorted({row.market for rows in self.rows.values() for row in rows})

    def summary(self, now: float, choice: Choice = FOLLOWED) -> MarketSummary:
        """What is chosen of everything that is tracked, together."""
        chosen = [row for rows in self.rows.values() for row in choice.of(rows).values()]
        return summarise(chosen, self.expiry, now, live_mids(self.rows, self.expiry, now))

    def _put(self, symbol: str, rows: list[MarketRow], now: float, changes: Changes) -> None:
        before = self.rows.get(symbol, [])
        there = {row.market for row in rows}
        changes.gone.extend(row.id for row in before if row.market not in there)
        if before and before[0].market != rows[0].market:
            changes.removed.append(symbol)
        kept = [row.market for row in before if row.market in there]
        if [row.market for row in rows[: len(kept)]] != kept:
            changes.moved.add(symbol)
        self.rows[symbol] = rows
        self._shown_states[symbol] = self._states(rows, now)
        changes.changed.add(symbol)

    def _unexpired(self, rows: list[MarketRow], now: float) -> list[MarketRow]:
        return [row for row in rows if not self.expiry.is_expired(row, now)]

    def _states(self, rows: list[MarketRow], now: float) -> list[str]:
        return [self.expiry.state(row, now) for row in rows]

    def _forget(self, symbol: str) -> list[MarketRow]:
        """Have no rows of a symbol; returns those there were."""
        self._shown_states.pop(symbol, None)
        return self.rows.pop(symbol, [])

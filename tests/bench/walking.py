"""A book that walks about, and what Binance says of it, in the forms of the recordings."""

from heapq import nlargest, nsmallest
from random import Random
from typing import Any, NamedTuple

import msgspec

Levels = list[tuple[str, str]]
TICKS_A_UNIT = 100
LOWEST_TICK, HIGHEST_TICK = 100_000, 10_000_000  # of the middle at the beginning
BEGIN_NUMBER = 10_000_000
MOVES, GOES = 0.3, 0.4  # shares: of changes that move the middle, of changed levels that go
MOST_CHANGED = 40
"""Levels a side of one change; on average there are half of it, as in a busy market."""
NEAR_TICKS = 60.0  # how far from the middle a change is, on average
KINDS = ("depth20", "trade", "bookTicker", "diff")


class Change(NamedTuple):
    """What a price's quantity is from now on, "0" where the level is gone; ids as of Binance."""

    first: int
    last: int
    before: int
    bids: Levels
    asks: Levels


class WalkingBook:
    """Both sides in ticks, `levels` each to begin with; they never meet."""

    def __init__(self, rng: Random, levels: int) -> None:
        self._rng, self._levels = rng, levels
        self._middle = middle = rng.randint(LOWEST_TICK, HIGHEST_TICK)
        self._bids = {middle - away: self._quantity() for away in range(1, levels + 1)}
        self._asks = {middle + away: self._quantity() for away in range(1, levels + 1)}
        self.number = BEGIN_NUMBER

    def change(self) -> Change:
        """One more moment."""
        before, self.number = self.number, self.number + self._rng.randint(1, 50)
        bids: dict[int, str] = {}
        asks: dict[int, str] = {}
        if self._rng.random() < MOVES:
            self._move(bids, asks)
        for side, changed, sign in ((self._bids, bids, -1), (self._asks, asks, 1)):
            for _ in range(self._rng.randint(0, MOST_CHANGED)):
                away = 2 + min(self._levels, int(self._rng.expovariate(1 / NEAR_TICKS)))
                self._put(side, changed, self._middle + sign * away)
        return Change(before + 1, self.number, before, _written(bids), _written(asks))

    def best(self, count: int) -> tuple[Levels, Levels]:
        """The best of both sides, best first."""
        bids, asks = nlargest(count, self._bids), nsmallest(count, self._asks)
        return (
            _written({tick: self._bids[tick] for tick in bids}),
            _written({tick: self._asks[tick] for tick in asks}),
        )

    def _move(self, bids: dict[int, str], asks: dict[int, str]) -> None:
        """A tick up or down: what rested in the new middle goes, and the other side follows to its edge."""
        is_up = self._rng.random() < 0.5
        self._middle += 1 if is_up else -1
        eaten, went = (self._asks, asks) if is_up else (self._bids, bids)
        follows, came = (self._bids, bids) if is_up else (self._asks, asks)
        if eaten.pop(self._middle, None):
            went[self._middle] = "0"
        edge = self._middle - 1 if is_up else self._middle + 1
        follows[edge] = came[edge] = self._quantity()

    def _put(self, side: dict[int, str], changed: dict[int, str], tick: int) -> None:
        if tick in side and self._rng.random() < GOES:
            del side[tick]
            changed[tick] = "0"
        else:
            side[tick] = changed[tick] = self._quantity()

    def _quantity(self) -> str:
        return f"{self._rng.random() * 5 + 0.00001:.5f}"


def _written(levels: dict[int, str]) -> Levels:
    return [(f"{tick / TICKS_A_UNIT:.2f}", quantity) for tick, quantity in levels.items()]


def snapshot(symbol: str, book: WalkingBook, levels: int, **more: Any) -> bytes:
    """A whole book, as it is published for all; `more` are the times that contracts have."""
    bids, asks = book.best(levels)
    return _frame(symbol, "depthSnapshot", lastUpdateId=book.number, bids=bids, asks=asks, **more)


def diff(symbol: str, change: Change, now_ms: int, *, is_contracts: bool = False) -> bytes:
    """What changed of a book."""
    more = {"T": now_ms, "pu": change.before} if is_contracts else {}
    ids = {"U": change.first, "u": change.last}
    sides = {"b": change.bids, "a": change.asks}
    return _frame(symbol, "depth@100ms", e="depthUpdate", E=now_ms, s=symbol, **ids, **more, **sides)


def depth20(symbol: str, book: WalkingBook) -> bytes:
    """The best twenty of both sides."""
    bids, asks = book.best(20)
    return _frame(symbol, "depth20@100ms", lastUpdateId=book.number, bids=bids, asks=asks)


def book_ticker(symbol: str, book: WalkingBook) -> bytes:
    """The best of both sides."""
    ((bid, bid_size),), ((ask, ask_size),) = book.best(1)
    return _frame(symbol, "bookTicker", u=book.number, s=symbol, b=bid, B=bid_size, a=ask, A=ask_size)


def trade(symbol: str, book: WalkingBook, now_ms: int) -> bytes:
    """One at the best bid."""
    ((price, _),), _ = book.best(1)
    told = {"t": book.number, "p": price, "q": "0.01250000", "T": now_ms, "m": True, "M": True}
    return _frame(symbol, "trade", e="trade", E=now_ms, s=symbol, **told)


def _frame(symbol: str, kind: str, **data: Any) -> bytes:
    return msgspec.json.encode({"stream": f"{symbol.lower()}@{kind}", "data": data})

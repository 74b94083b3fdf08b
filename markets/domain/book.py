"""A venue's book, kept from its snapshot and its changes, every number in the venue's own text."""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import NamedTuple

HIGHEST = 1e30  # beyond it products of two numbers are none any more
DECIMAL = re.compile(
    r"[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]{1,3}+)?+"
)  # Python itself reads more: 1_000, inf, other digits
_is_decimal = DECIMAL.fullmatch


class BadLevel(ValueError):
    """A price or a quantity that is no number, or no possible one."""


class Level(NamedTuple):
    """Price and quantity as the venue wrote them."""

    price: str
    quantity: str


class Side:
    """The bids or the asks, the best first. Prices that are equal as numbers are one level, however written."""

    def __init__(self, *, is_bids: bool) -> None:
        self._sign = -1.0 if is_bids else 1.0
        self._order: list[float] = []
        self._levels: dict[float, Level] = {}

    def __len__(self) -> int:
        return len(self._order)

    def begin(self, levels: Iterable[Level]) -> None:
        """These are all there is: sorted once, whatever order they came in. Raises BadLevel."""
        self._levels = {}
        for level in levels:
            price, is_left = _read(level)
            at = self._sign * price
            if is_left:
                self._levels[at] = level
            else:
                self._levels.pop(at, None)
        self._order = sorted(self._levels)

    def put(self, level: Level) -> None:
        """What rests at its price is its quantity from now on; 0 takes the level away. Raises BadLevel."""
        price, is_left = _read(level)
        at = self._sign * price
        if not is_left:
            if self._levels.pop(at, None):
                del self._order[bisect_left(self._order, at)]
            return
        if at not in self._levels:
            insort(self._order, at)
        self._levels[at] = level

    def best(self, count: int) -> list[Level]:
        """The `count` best levels, or all there are."""
        return [self._levels[at] for at in self._order[:count]]

    def cut(self, depth: int) -> None:
        """Forget what lies behind the `depth` best: the venue sends no more about it."""
        for at in self._order[depth:]:
            del self._levels[at]
        del self._order[depth:]

    @property
    def touch(self) -> float | None:
        """The best price, None where nothing rests here."""
        return self._sign * self._order[0] if self._order else None


class VenueBook:
    """Both sides of one market."""

    def __init__(self, bids: Iterable[Level] = (), asks: Iterable[Level] = ()) -> None:
        """Raises BadLevel."""
        self.bids, self.asks = Side(is_bids=True), Side(is_bids=False)
        self.bids.begin(bids)
        self.asks.begin(asks)

    def change(self, bids: Iterable[Level], asks: Iterable[Level]) -> None:
        """Put what changed in its place, in the order in which it was sent. Raises BadLevel."""
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for level in levels:
                side.put(level)

    def cut(self, depth: int) -> None:
        """Forget what lies behind the `depth` best of each side."""
        self.bids.cut(depth)
        self.asks.cut(depth)

    @property
    def is_crossed(self) -> bool:
        """The best bid is not below the best ask, so that something has been missed."""
        bid, ask = self.bids.touch, self.asks.touch
        return bid is not None and ask is not None and bid >= ask


def _read(level: Level) -> tuple[float, bool]:
    """The price as a number, and whether anything is left there."""
    price, quantity = level
    if not (_is_decimal(price) and 0 < (at := float(price)) < HIGHEST):
        raise BadLevel(f"{price[:40]!r} is no price")
    if quantity == "0":
        return at, False
    if not (_is_decimal(quantity) and (left := float(quantity)) < HIGHEST):
        raise BadLevel(f"{quantity[:40]!r} is no quantity")
    return at, left > 0

"""A depth snapshot of one symbol, and what makes one acceptable."""

import re
from operator import gt, lt
from typing import Annotated

import msgspec

Price = Annotated[float, msgspec.Meta(ge=1e-18, lt=1e30)]
Quantity = Annotated[float, msgspec.Meta(ge=0, lt=1e30)]
MAX_LEVELS = 5_000
SYMBOL = re.compile(r"(?!.*\.\.)[A-Z0-9][A-Z0-9._-]{0,30}[A-Z0-9_-]")
SYMBOL_RULE = (
    "2 to 32 letters, digits, dots, underscores or dashes; a letter or digit first, no dot last or twice"
)
"""Dots part the subjects of NATS and the steps of a path, where nothing between two of them is no name."""

Level = tuple[Price, Quantity]
Side = Annotated[list[Level], msgspec.Meta(max_length=MAX_LEVELS)]
"""Levels of one side, best price first. The bounds keep every product and quotient of them finite."""


class Refused(Exception):
    """A message that must not become a number; `reason` is the name it is counted under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_symbol(text: str) -> str | None:
    """The symbol `text` names, in any case; None where it cannot be one.

    Only ASCII has a capital for every letter and no letter for two: "ß" in capitals would be "SS".
    """
    symbol = text.upper()
    return symbol if text.isascii() and SYMBOL.fullmatch(symbol) else None


class BookUpdate(msgspec.Struct, gc=False):
    """One full snapshot of the top of a book, as it came from the wire.

    `market` is the venue and the form of the book ("binance/spot"): two markets of one symbol never mix.
    `event_time` is the exchange's clock in seconds since the epoch, None where the wire has none.
    """

    symbol: str
    market: str
    update_id: int
    event_time: float | None
    bids: list[Level]
    asks: list[Level]

    @property
    def venue(self) -> str:
        """The exchange, whatever the form of the book."""
        return self.market.partition("/")[0]


class Ladder(msgspec.Struct, frozen=True, array_like=True):
    """An accepted book as one run of strictly rising prices: bids from the lowest up, then the asks.

    The first `depth` places are bids, so that `prices[depth - 1]` and `prices[depth]` are the touch.
    Either side may be empty. Two flat tuples cost a fifth less to keep warm than forty pairs.
    """

    depth: int
    prices: tuple[float, ...]
    quantities: tuple[float, ...]

    @property
    def bids(self) -> list[Level]:
        """Bid levels, best first."""
        return list(zip(self.prices[: self.depth][::-1], self.quantities[: self.depth][::-1], strict=True))

    @property
    def asks(self) -> list[Level]:
        """Ask levels, best first."""
        return list(zip(self.prices[self.depth :], self.quantities[self.depth :], strict=True))


def read_ladder(
    bids: list[Level], asks: list[Level], levels: int
) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
    """The fields of the Ladder of two sides, best price first, cut to the best `levels` of each.

    Empty levels are dropped. Raises Refused for a book that is empty, crossed or locked, not in order, or
    has a price twice on a side. That prices rise all the way shows that at once; why they do not is only
    looked into once they do not.
    """
    if not bids and not asks:
        raise Refused("empty_book")
    prices, quantities = zip(*bids[::-1], *asks, strict=False)  # pairs by type; being strict costs a tenth
    if 0.0 in quantities:
        return read_ladder(_filled(bids), _filled(asks), levels)
    if not all(map(lt, prices, prices[1:])):
        raise Refused(_fault(bids, asks))
    depth = len(bids)
    if depth > levels or len(asks) > levels:
        first = max(0, depth - levels)
        return depth - first, prices[first : depth + levels], quantities[first : depth + levels]
    return depth, prices, quantities


def _filled(side: list[Level]) -> list[Level]:
    return [level for level in side if level[1] > 0]


def _fault(bids: list[Level], asks: list[Level]) -> str:
    """Why the prices of two sides do not rise from the lowest bid to the highest ask."""
    for side, is_worse in ((bids, gt), (asks, lt)):
        prices = [price for price, _ in side]
        if len(set(prices)) < len(prices):
            return "duplicate_price"
        if not all(map(is_worse, prices, prices[1:])):
            return "unordered_levels"
    return "crossed"

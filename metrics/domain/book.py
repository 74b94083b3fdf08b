"""A depth snapshot of one symbol, and what makes one acceptable."""

import re
from operator import gt, lt
from typing import Annotated

import msgspec

Price = Annotated[float, msgspec.Meta(ge=1e-18, lt=1e30)]
Quantity = Annotated[float, msgspec.Meta(ge=0, lt=1e30)]
MAX_LEVELS = 5_000
SYMBOL = re.compile(r"[A-Z0-9._-]{2,32}")

Level = tuple[Price, Quantity]
Side = Annotated[list[Level], msgspec.Meta(max_length=MAX_LEVELS)]
"""Levels of one side, best price first. The bounds keep every product and quotient of them finite."""


class Refused(Exception):
    """A message that must not become a number; `reason` is the name it is counted under."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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


def check_bids(levels: list[Level]) -> tuple[list[Level], tuple[float, ...]]:
    """The bids without empty levels, and their quantities.

    Raises Refused unless prices fall strictly. An empty side is ([], ()).
    """
    levels, prices, quantities = _columns(levels)
    if not all(map(gt, prices, prices[1:])):
        raise _disorder(prices)
    return levels, quantities


def check_asks(levels: list[Level]) -> tuple[list[Level], tuple[float, ...]]:
    """The asks without empty levels, and their quantities; prices must rise strictly."""
    levels, prices, quantities = _columns(levels)
    if not all(map(lt, prices, prices[1:])):
        raise _disorder(prices)
    return levels, quantities


def check_not_crossed(bids: list[Level], asks: list[Level]) -> None:
    """Raises Refused where the best bid is not below the best ask; a locked book counts as crossed."""
    if bids and asks and bids[0][0] >= asks[0][0]:
        raise Refused("crossed")


def _columns(levels: list[Level]) -> tuple[list[Level], tuple[float, ...], tuple[float, ...]]:
    if not levels:
        return levels, (), ()
    prices, quantities = zip(*levels, strict=True)
    if 0.0 in quantities:
        return _columns([level for level in levels if level[1] > 0])
    return levels, prices, quantities


def _disorder(prices: tuple[float, ...]) -> Refused:
    return Refused("duplicate_price" if len(set(prices)) < len(prices) else "unordered_levels")

"""A depth snapshot of one symbol, and what makes one acceptable."""

from operator import gt, lt
from typing import Annotated

import msgspec

LOWEST, HIGHEST = 1e-18, 1e30
"""Bounds of a price, and above of a quantity; they keep every product and quotient of them finite."""
Price = Annotated[float, msgspec.Meta(ge=LOWEST, lt=HIGHEST)]
Quantity = Annotated[float, msgspec.Meta(ge=0, lt=HIGHEST)]
MAX_LEVELS = 5_000
EMPTY_BOOK = "empty_book"
"""Why a book that has no levels is refused."""

Level = tuple[float, float]
"""Price and quantity."""
Sides = tuple[list[Level], list[Level]]
"""Bids and asks."""
Side = Annotated[list[Level], msgspec.Meta(max_length=MAX_LEVELS)]
"""Levels of one side as they came, best price first. `read_ladder` checks the numbers: on the wire,
declaring their bounds would cost a tenth of the time it takes to decode them."""


class Refused(Exception):
    """A message that must not become a number; `reason` is the name it is counted under.

    `symbol` and `market` are those whose book it would have been, empty where that is not known, or known to whoever
    asked.
    """

    def __init__(self, reason: str, symbol: str = "", market: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.symbol = symbol
        self.market = market


class BookUpdate(msgspec.Struct, gc=False):
    """One full snapshot of the top of a book, as it came from the wire; `admission` makes it a book.

    `market` is the venue and the form of the book ("binance/spot"): two markets of one symbol never mix.
    `event_time` is the sender's clock in seconds since the epoch, None where the message has none. `depth` is how
    many levels a side the name of the stream promises, 0 where it does not say. With `names_symbol` the payload says
    whose book it is, in the form of contracts, which books share with changes of books.
    `message` is what it was read from: in one piece it is cheaper to keep than its levels. It is empty where those
    in use are not all it has. The volumes are known once it is admitted. `origin` is "simulated" or "replayed" where it
    says so of itself.
    """

    symbol: str
    market: str
    update_id: int
    event_time: float | None
    bids: list[Level]
    asks: list[Level]
    message: bytes
    depth: int = 0
    names_symbol: bool = False
    bid_volume: float = 0.0
    ask_volume: float = 0.0
    origin: str = ""

    @property
    def venue(self) -> str:
        """The exchange, whatever the form of the book."""
        return self.market.partition("/")[0]


class Ladder(msgspec.Struct, frozen=True, array_like=True):
    """An accepted book: the best levels of both sides, best first. Either side may be empty."""

    bids: list[Level]
    asks: list[Level]


Reading = tuple[list[Level], list[Level], float, float]
"""Bids, asks, and the quantity that rests on each of the two sides."""


def read_ladder(bids: list[Level], asks: list[Level], levels: int) -> Reading:
    """The best `levels` of two sides, best price first; all levels are checked, empty ones are dropped.

    Raises Refused for a book that is empty, crossed or locked, not in order, has a price twice on a side or
    a number out of bounds. Prices must move on at every step, down from the best bid and up from it through
    the asks. One pass shows that; what is wrong is only looked into once something is. NaN fails every
    comparison.
    """
    if not bids and not asks:
        raise Refused(EMPTY_BOOK)
    bid_volume = ask_volume = 0.0
    last = HIGHEST
    for price, quantity in bids:
        if last > price and quantity > 0.0:
            bid_volume += quantity
            last = price
        else:
            return _read_faulty(bids, asks, levels)
    last = bids[0][0] if bids else 0.0
    for price, quantity in asks:
        if last < price and quantity > 0.0:
            ask_volume += quantity
            last = price
        else:
            return _read_faulty(bids, asks, levels)
    lowest = bids[-1][0] if bids else asks[0][0]
    if not (lowest >= LOWEST and last < HIGHEST and bid_volume + ask_volume < HIGHEST):
        return _read_faulty(bids, asks, levels)
    if len(bids) > levels or len(asks) > levels:
        return read_ladder(bids[:levels], asks[:levels], levels)
    return bids, asks, bid_volume, ask_volume


def _read_faulty(bids: list[Level], asks: list[Level], levels: int) -> Reading:
    """What is left without the empty levels; Refused where those are not the fault."""
    if not _is_sound(bids + asks):
        raise Refused("bad_number")
    filled_bids, filled_asks = _filled(bids), _filled(asks)
    if len(filled_bids) == len(bids) and len(filled_asks) == len(asks):
        raise Refused(_fault(bids, asks))
    return read_ladder(filled_bids, filled_asks, levels)


def _is_sound(levels: list[Level]) -> bool:
    """Are all numbers within bounds, and the quantities also together?"""
    return (
        all(LOWEST <= price < HIGHEST and quantity >= 0.0 for price, quantity in levels)
        and sum([quantity for _, quantity in levels]) < HIGHEST
    )


def _filled(side: list[Level]) -> list[Level]:
    return [level for level in side if level[1] > 0.0]


def _fault(bids: list[Level], asks: list[Level]) -> str:
    """What is wrong with two sides of sound numbers and no empty level."""
    for side, is_worse in ((bids, gt), (asks, lt)):
        prices = [price for price, _ in side]
        if len(set(prices)) < len(prices):
            return "duplicate_price"
        if not all(map(is_worse, prices, prices[1:])):
            return "unordered_levels"
    return "crossed"

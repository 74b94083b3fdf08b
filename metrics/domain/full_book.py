"""A book kept whole, from a snapshot and an unbroken chain of changes.

Rules of the chain: "How to manage a local order book correctly", in the documentation of Binance for spot and for
USD-M. Ids are the exchange's, quantities absolute, and a level of quantity 0 is gone. No number is to be had while the
book is not whole, or while the levels asked for lie beyond what the snapshot told of.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from math import inf
from typing import Literal, NamedTuple

from metrics.domain.book import Level, Sides

WARMING: Literal["warming"] = "warming"
GAP: Literal["gap"] = "gap"
WHOLE: Literal["whole"] = "whole"
State = Literal["warming", "gap", "whole"]
"""Before the first snapshot, after a break in the chain, and while there is neither."""
MOST_WAITING = 2_000
"""Changes that wait for a snapshot: beyond these the oldest are of no use to a snapshot that comes now."""
MOST_TOUCHES = 256
Touch = tuple[float, float, float, float]
"""Best bid and its quantity, best ask and its quantity."""


class Change(NamedTuple):
    """What changed from `first_id` to `last_id`; contracts also say the id before (`previous_id`)."""

    first_id: int
    last_id: int
    previous_id: int | None
    bids: list[Level]
    asks: list[Level]


class LevelMap:
    """One side: quantity by price, and the prices in rising order."""

    __slots__ = ("prices", "quantities")

    def __init__(self, levels: list[Level]) -> None:
        self.quantities = {price: quantity for price, quantity in levels if quantity > 0.0}
        self.prices = sorted(self.quantities)

    def put(self, levels: list[Level]) -> None:
        """Set absolute quantities; taking away what is not there is normal."""
        quantities, prices = self.quantities, self.prices
        for price, quantity in levels:
            if quantity > 0.0:
                if price not in quantities:
                    insort(prices, price)
                quantities[price] = quantity
            elif quantities.pop(price, None) is not None:
                del prices[bisect_left(prices, price)]

    def highest(self, count: int) -> list[Level]:
        """The `count` highest levels, the highest first."""
        quantities = self.quantities
        return [(price, quantities[price]) for price in reversed(self.prices[-count:])]

    def lowest(self, count: int) -> list[Level]:
        """The `count` lowest levels, the lowest first."""
        quantities = self.quantities
        return [(price, quantities[price]) for price in self.prices[:count]]


class FullBook:
    """The book of one market, of spot or of contracts.

    `broken` counts breaks in the chain, `contradicted` touches of an id the book had reached that said otherwise; both
    end in a gap, and `agreed` those that said the same. `orphans` are levels beyond the snapshot's reach that have
    changed since, around which others may rest unseen.
    """

    def __init__(self, *, is_contracts: bool) -> None:
        self.state: State = WARMING
        self.last_id = -1
        self.broken = 0
        self.agreed = 0
        self.contradicted = 0
        self._is_contracts = is_contracts
        self._bids, self._asks = LevelMap([]), LevelMap([])
        self._lowest_known, self._highest_known = 0.0, inf
        self._is_joined = False
        self._waiting: deque[Change] = deque(maxlen=MOST_WAITING)
        self._touches: dict[int, Touch] = {}

    # -- In ----------------------------------------------------------------------------------

    def change(self, change: Change) -> bool:
        """Take a change in. Does the book say something new?"""
        if self.state != WHOLE:
            self._waiting.append(change)
            return False
        if self._is_old(change):
            return False
        if not self._follows(change):
            self.broken += 1
            self._break(change)
            return False
        self._apply(change)
        return self._is_not_contradicted()

    def snapshot(self, last_id: int, bids: list[Level], asks: list[Level], limit: int) -> bool:
        """Begin with what the exchange answered, `limit` levels a side at most. Is the book whole now?

        Not where the changes that wait begin behind it: it is too old, and another one is needed. A book that is whole
        already stays as it is.
        """
        if self.state == WHOLE:
            return True
        waiting, self._waiting = self._waiting, deque(maxlen=MOST_WAITING)
        self._begin(last_id, bids, asks, limit)
        for place, change in enumerate(waiting):
            if self._is_old(change):
                continue
            if not self._follows(change):
                self.state = GAP if self.state == GAP or self._is_joined else WARMING
                self._waiting.extend(list(waiting)[place:])
                return False
            self._apply(change)
        self.state = WHOLE
        return self._is_not_contradicted()

    def touch(self, update_id: int, touch: Touch) -> bool:
        """Hold the best prices of an id against the book, now or when it has reached it. False: they contradict."""
        if self.state != WHOLE or update_id < self.last_id:
            return True
        self._touches[update_id] = touch
        while len(self._touches) > MOST_TOUCHES:
            del self._touches[next(iter(self._touches))]
        return self._is_not_contradicted()

    # -- Out ---------------------------------------------------------------------------------

    def best(self, count: int) -> Sides | None:
        """The `count` best bids and asks; None where they are not all known.

        A side may have fewer, where the snapshot was of the whole book.
        """
        if self.state != WHOLE:
            return None
        bids, asks = self._bids.highest(count), self._asks.lowest(count)
        if not self._is_known(bids, asks, count):
            return None
        return bids, asks

    @property
    def known_range(self) -> tuple[float, float]:
        """Lowest and highest price between which every level is known; 0 and infinite where all are."""
        return self._lowest_known, self._highest_known

    @property
    def orphans(self) -> int:
        """Levels beyond the known range."""
        below = bisect_left(self._bids.prices, self._lowest_known)
        above = len(self._asks.prices) - bisect_right(self._asks.prices, self._highest_known)
        return below + above

    def __len__(self) -> int:
        return len(self._bids.prices) + len(self._asks.prices)

    # -- The chain ---------------------------------------------------------------------------

    def _is_old(self, change: Change) -> bool:
        """Before the snapshot, or told before. Of contracts the one that ends with the snapshot joins it."""
        if self._is_contracts and not self._is_joined:
            return change.last_id < self.last_id
        return change.last_id <= self.last_id

    def _follows(self, change: Change) -> bool:
        if self._is_joined:
            before = change.previous_id if self._is_contracts else change.first_id - 1
            return before == self.last_id
        if self._is_contracts:
            return change.first_id <= self.last_id <= change.last_id
        return change.first_id <= self.last_id + 1 <= change.last_id

    def _begin(self, last_id: int, bids: list[Level], asks: list[Level], limit: int) -> None:
        self._bids, self._asks = LevelMap(bids), LevelMap(asks)
        self.last_id, self._is_joined = last_id, False
        self._lowest_known = bids[-1][0] if len(bids) >= limit else 0.0
        self._highest_known = asks[-1][0] if len(asks) >= limit else inf
        self._touches = {}

    def _apply(self, change: Change) -> None:
        self._bids.put(change.bids)
        self._asks.put(change.asks)
        self.last_id, self._is_joined = change.last_id, True

    def _break(self, change: Change | None) -> None:
        self.state = GAP
        self._waiting.clear()
        if change:
            self._waiting.append(change)

    def _is_not_contradicted(self) -> bool:
        """The touch of just this id says the same, if there is one; else the book is thrown away."""
        while self._touches and (number := next(iter(self._touches))) <= self.last_id:
            touch = self._touches.pop(number)
            if number == self.last_id:
                if touch != self._touch():
                    self.contradicted += 1
                    self._break(None)
                    return False
                self.agreed += 1
        return True

    def _touch(self) -> Touch | None:
        bids, asks = self._bids.highest(1), self._asks.lowest(1)
        return (*bids[0], *asks[0]) if bids and asks else None

    def _is_known(self, bids: list[Level], asks: list[Level], count: int) -> bool:
        """Do all of these levels lie within reach, and is none missing at the edge of it?"""
        if self._lowest_known > 0.0 and (len(bids) < count or bids[-1][0] < self._lowest_known):
            return False
        return self._highest_known == inf or (len(asks) == count and asks[-1][0] <= self._highest_known)

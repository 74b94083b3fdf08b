"""A book kept whole, from a snapshot and an unbroken chain of changes.

Rules of the chain: "How to manage a local order book correctly", in the documentation of Binance for spot and for
USD-M. Ids are the exchange's, quantities absolute, and a level of quantity 0 is gone. No number is to be had while the
book is not whole, or while the levels asked for lie beyond what the snapshot told of.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from math import inf

from metrics.domain.book import HIGHEST, LOWEST, Level, Refused, Sides
from metrics.domain.frames import BookChange
from metrics.domain.liquidity.known import ASKS, BIDS, KnownBook, KnownSide
from metrics.domain.market import GAP, WARMING

WHOLE = "whole"
"""The state of a book that is neither WARMING, before its first snapshot, nor a GAP, after a break in the chain."""
MOST_WAITING, MOST_LEVELS_WAITING = 200, 5_000
"""Changes that wait for a snapshot: some seconds of them, and an answer that is older is of no use."""
CUT_AT = frozenset({5, 10, 20, 50, 100, 500, 1_000, 5_000})
"""Levels a side that an exchange answers with at most: one that has just so many may have more behind."""
MOST_TOUCHES = 256
Touch = tuple[float, float, float, float]
"""Best bid and its quantity, best ask and its quantity."""


class LevelMap:
    """One side: prices in rising order, and what rests at each.

    Two columns of doubles, 16 bytes a level: a dictionary and a list took eight times that, and no less time.
    """

    __slots__ = ("prices", "quantities")

    def __init__(self, levels: list[Level]) -> None:
        """Raises Refused."""
        self.prices: array[float] = array("d")
        self.quantities: array[float] = array("d")
        self.put(sorted(levels))  # each then goes to the end

    def put(self, levels: list[Level]) -> None:
        """Set absolute quantities; taking away what is not there is normal. Raises Refused half way through."""
        prices, quantities = self.prices, self.quantities
        for price, quantity in levels:
            place = bisect_left(prices, price)
            is_there = place < len(prices) and prices[place] == price
            if 0.0 < quantity < HIGHEST:
                if is_there:
                    quantities[place] = quantity
                    continue
                if not LOWEST <= price < HIGHEST:
                    raise Refused("bad_number")
                prices.insert(place, price)
                quantities.insert(place, quantity)
            elif quantity != 0.0:
                raise Refused("bad_number")
            elif is_there:
                del prices[place], quantities[place]

    def highest(self, count: int) -> list[Level]:
        """The `count` highest levels, the highest first."""
        return list(zip(self.prices[-count:], self.quantities[-count:], strict=True))[::-1]

    def lowest(self, count: int) -> list[Level]:
        """The `count` lowest levels, the lowest first."""
        return list(zip(self.prices[:count], self.quantities[:count], strict=True))


class FullBook:
    """The book of one market, of spot or of contracts.

    `broken` counts breaks in the chain, `contradicted` touches of an id the book had reached that said otherwise; both
    end in a gap, and `agreed` those that said the same. `orphans` are levels beyond the snapshot's reach that have
    changed since, around which others may rest unseen.
    """

    def __init__(self, *, is_contracts: bool) -> None:
        self.state = WARMING
        self.last_id = -1
        self.broken = 0
        self.agreed = 0
        self.contradicted = 0
        self._is_contracts = is_contracts
        self._bids, self._asks = LevelMap([]), LevelMap([])
        self._lowest_known, self._highest_known = 0.0, inf
        self._told = (0, 0)
        self._is_joined = False
        self._waiting: deque[BookChange] = deque()
        self._levels_waiting = 0
        self._touches: dict[int, Touch] = {}

    # -- In ----------------------------------------------------------------------------------

    def change(self, change: BookChange) -> bool:
        """Take a change in. Does the book say something new? Raises Refused, and is a gap then."""
        if self.state != WHOLE:
            self._wait(change)
            return False
        if self._is_old(change):
            return False
        if not self._follows(change):
            self.broken += 1
            self.lose()
            self._wait(change)
            return False
        try:
            self._apply(change)
        except Refused:
            self.lose()
            raise
        return self._is_not_contradicted()

    def snapshot(self, last_id: int, bids: list[Level], asks: list[Level]) -> bool:
        """Begin with what the exchange answered. Is the book whole now? Raises Refused.

        Not where the changes that wait begin behind it: it is too old, and another one is needed. A book that is whole
        already stays as it is.
        """
        if self.state == WHOLE:
            return True
        waiting = list(self._waiting)
        self._forget_waiting()
        self._begin(last_id, bids, asks)
        for place, change in enumerate(waiting):
            if self._is_old(change):
                continue
            if not self._follows(change):
                for later in waiting[place:]:
                    self._wait(later)
                return False
            self._apply(change)
        self.state = WHOLE
        return True

    def take_over(self, other: "FullBook") -> bool:
        """Go on with what another book of the same market knows; False while it is of another id."""
        if not (self.state == other.state == WHOLE and self.last_id == other.last_id):
            return False
        self._bids, self._asks, self._told = other._bids, other._asks, other._told
        self._lowest_known, self._highest_known = other._lowest_known, other._highest_known
        return True

    def lose(self) -> None:
        """Nothing of it is to be believed any more until the next snapshot."""
        self.state = GAP
        self._forget_waiting()

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

    def known(self) -> KnownBook | None:
        """All levels that are known, for figures that need more than the best; None where the book is not whole, or a
        side has none within reach.

        Each side is known as far as the snapshot told, and one that was not cut to its last level.
        """
        bids, asks = self._bids, self._asks
        first = bisect_left(bids.prices, self._lowest_known)
        after = bisect_right(asks.prices, self._highest_known)
        if self.state != WHOLE or first == len(bids.prices) or after == 0:
            return None
        lowest = self._lowest_known or bids.prices[first]
        highest = asks.prices[after - 1] if self._highest_known == inf else self._highest_known
        return KnownBook(
            KnownSide(BIDS, bids.prices[first:][::-1], bids.quantities[first:][::-1], lowest),
            KnownSide(ASKS, asks.prices[:after], asks.quantities[:after], highest),
        )

    @property
    def known_range(self) -> tuple[float, float]:
        """Lowest and highest price between which every level is known; 0 and infinite where all are, the other way
        round where none is."""
        return self._lowest_known, self._highest_known

    def is_near_edge(self, count: int) -> bool:
        """Is little left of a side that was cut: less than a quarter of what the snapshot told, or twice `count`?"""
        bids = len(self._bids.prices) - bisect_left(self._bids.prices, self._lowest_known)
        asks = bisect_right(self._asks.prices, self._highest_known)
        sides = (
            (bids, self._told[0], self._lowest_known > 0.0),
            (asks, self._told[1], self._highest_known < inf),
        )
        return any(is_cut and known < max(2 * count, told // 4) for known, told, is_cut in sides)

    @property
    def orphans(self) -> int:
        """Levels beyond the known range."""
        below = bisect_left(self._bids.prices, self._lowest_known)
        above = len(self._asks.prices) - bisect_right(self._asks.prices, self._highest_known)
        return below + above

    def __len__(self) -> int:
        return len(self._bids.prices) + len(self._asks.prices)

    # -- The chain ---------------------------------------------------------------------------

    def _is_old(self, change: BookChange) -> bool:
        """Before the snapshot, or told before. Of contracts the one that ends with the snapshot joins it."""
        if self._is_contracts and not self._is_joined:
            return change.last_id < self.last_id
        return change.last_id <= self.last_id

    def _follows(self, change: BookChange) -> bool:
        if self._is_joined:
            before = change.previous_id if self._is_contracts else change.first_id - 1
            return before == self.last_id
        if self._is_contracts:
            return change.first_id <= self.last_id <= change.last_id
        return change.first_id <= self.last_id + 1 <= change.last_id

    def _wait(self, change: BookChange) -> None:
        """Until a snapshot comes; the oldest make room."""
        self._waiting.append(change)
        self._levels_waiting += _levels_of(change)
        while len(self._waiting) > MOST_WAITING or self._levels_waiting > MOST_LEVELS_WAITING:
            self._levels_waiting -= _levels_of(self._waiting.popleft())

    def _forget_waiting(self) -> None:
        self._waiting.clear()
        self._levels_waiting = 0

    def _begin(self, last_id: int, bids: list[Level], asks: list[Level]) -> None:
        self._bids, self._asks = LevelMap(bids), LevelMap(asks)
        self.last_id, self._is_joined, self._told = last_id, False, (len(bids), len(asks))
        # Of a side that was cut and has no level but empty ones nothing is known.
        self._lowest_known = next(iter(self._bids.prices), inf) if len(bids) in CUT_AT else 0.0
        self._highest_known = next(reversed(self._asks.prices), 0.0) if len(asks) in CUT_AT else inf
        self._touches = {}

    def _apply(self, change: BookChange) -> None:
        self._bids.put(change.bids)
        self._asks.put(change.asks)
        self.last_id, self._is_joined = change.last_id, True

    def _is_not_contradicted(self) -> bool:
        """The touch of just this id says the same, if there is one; else the book is thrown away."""
        while self._touches and (number := next(iter(self._touches))) <= self.last_id:
            touch = self._touches.pop(number)
            if number == self.last_id:
                if touch != self._touch():
                    self.contradicted += 1
                    self.lose()
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


def _levels_of(change: BookChange) -> int:
    return len(change.bids) + len(change.asks)

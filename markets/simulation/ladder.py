"""One side of a simulated book: levels that stay where they are while the touch moves through them."""

import math
from bisect import bisect_left
from random import Random

from markets.simulation.listings import Listing

DEPTH = 20
WHOLE_DEPTH = 400
REACH = 8e-4  # the visible levels of a side cover about this share of the price
TICKS_A_LEVEL = 3  # a whole side of a price of few ticks is shorter: bids must not reach zero
WALL_CHANCE = 0.004
WALL_FACTOR = 6.0
SPOT_DECIMALS = 8  # spot books pad every number to so many

BID, ASK = -1, 1


class SimulatedSide:
    """Its best `depth` levels, best first, as the wire has them: `[["60000.00", "0.512"], …]`.

    A level's key is its distance order: its price in ticks, negative for bids, so both sides ascend.
    """

    __slots__ = (
        "_changed", "_digits", "_gap", "_listing", "_nothing", "_rng", "_scale", "_sign", "_zeros", "depth",
        "keys", "lean", "levels",
    )  # fmt: skip

    def __init__(self, listing: Listing, sign: int, rng: Random, depth: int = DEPTH) -> None:
        self._listing, self._sign, self._rng, self.depth = listing, sign, rng, depth
        self._scale = 10**listing.price_decimals
        self._gap = max(0.0, 2 * (listing.price * self._scale * REACH / DEPTH - 1))
        spot = not listing.futures
        self._zeros = "0" * (SPOT_DECIMALS - listing.price_decimals if spot else 0)
        self._digits = SPOT_DECIMALS if spot else listing.size_decimals
        self._nothing = f"{0:.{self._digits}f}"
        self.lean = 0.0
        self.keys: list[int] = []
        self.levels: list[list[str]] = []
        self._changed: dict[str, str] = {}

    def settle(self, best: int) -> None:
        """Move the touch to `best` (in ticks): what stood before it is gone, what is missing is quoted."""
        best *= self._sign
        keys = self.keys
        self._remove(0, bisect_left(keys, best))
        new: list[int] = []
        while len(new) < self.depth and (not keys or best < keys[0]):
            new.append(best)
            best += self._step()
        self._insert(0, new)
        self._remove(self.depth, len(keys))
        while len(keys) < self.depth:
            self._insert(len(keys), [keys[-1] + self._step()])

    def requote(self, count: int, among: int) -> None:
        """Give `count` random levels of the best `among` a new quantity."""
        for _ in range(count):
            level = self.levels[int(self._rng.random() * among)]
            level[1] = self._changed[level[0]] = self._size()

    def take_changes(self) -> list[tuple[str, str]]:
        """Prices and absolute quantities that have changed since the last call, 0 where nothing rests any more."""
        changed, self._changed = self._changed, {}
        return list(changed.items())

    def _insert(self, place: int, keys: list[int]) -> None:
        new = [[self._price(key), self._size()] for key in keys]
        self.keys[place:place], self.levels[place:place] = keys, new
        self._changed.update((price, size) for price, size in new)

    def _remove(self, begin: int, end: int) -> None:
        for price, _ in self.levels[begin:end]:
            self._changed[price] = self._nothing
        del self.keys[begin:end], self.levels[begin:end]

    def _step(self) -> int:
        return 1 + int(self._rng.random() * self._gap)

    def _price(self, key: int) -> str:
        listing = self._listing
        return f"{abs(key) / self._scale:.{listing.price_decimals}f}{self._zeros}"

    def _size(self) -> str:
        rng, listing = self._rng, self._listing
        size = listing.size * math.exp(self.lean + rng.gauss(0.0, 0.45))
        if rng.random() < WALL_CHANCE:
            size *= WALL_FACTOR
        lot = 10.0**-listing.size_decimals
        return f"{max(lot, round(size, listing.size_decimals)):.{self._digits}f}"


def whole_depth(listing: Listing) -> int:
    """How many levels a side a whole book of this market has."""
    return min(WHOLE_DEPTH, round(listing.price * 10**listing.price_decimals) // TICKS_A_LEVEL)

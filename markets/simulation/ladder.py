"""One side of a simulated book: levels that stay where they are while the touch moves through them."""

import math
from bisect import bisect_left
from random import Random

from markets.simulation.listings import Listing

DEPTH = 20
REACH = 8e-4  # the visible levels of a side cover about this share of the price
WALL_CHANCE = 0.004
WALL_FACTOR = 6.0
SPOT_DECIMALS = 8  # spot books pad every number to so many

BID, ASK = -1, 1


class SimulatedSide:
    """The best `DEPTH` levels, best first, as the wire has them: `[["60000.00", "0.512"], …]`.

    A level's key is its distance order: its price in ticks, negative for bids, so both sides ascend.
    """

    __slots__ = ("_digits", "_gap", "_listing", "_rng", "_scale", "_sign", "_zeros", "keys", "lean", "levels")

    def __init__(self, listing: Listing, sign: int, rng: Random) -> None:
        self._listing, self._sign, self._rng = listing, sign, rng
        self._scale = 10**listing.price_decimals
        self._gap = max(0.0, 2 * (listing.price * self._scale * REACH / DEPTH - 1))
        spot = not listing.futures
        self._zeros = "0" * (SPOT_DECIMALS - listing.price_decimals if spot else 0)
        self._digits = SPOT_DECIMALS if spot else listing.size_decimals
        self.lean = 0.0
        self.keys: list[int] = []
        self.levels: list[list[str]] = []

    def settle(self, best: int) -> None:
        """Move the touch to `best` (in ticks): what stood before it is gone, what is missing is quoted."""
        best *= self._sign
        keys, levels = self.keys, self.levels
        gone = bisect_left(keys, best)
        del keys[:gone], levels[:gone]
        new: list[int] = []
        while len(new) < DEPTH and (not keys or best < keys[0]):
            new.append(best)
            best += self._step()
        keys[:0], levels[:0] = new, [[self._price(key), self._size()] for key in new]
        del keys[DEPTH:], levels[DEPTH:]
        while len(keys) < DEPTH:
            keys.append(keys[-1] + self._step())
            levels.append([self._price(keys[-1]), self._size()])

    def requote(self, count: int) -> None:
        """Give `count` random levels a new quantity."""
        for _ in range(count):
            self.levels[int(self._rng.random() * DEPTH)][1] = self._size()

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

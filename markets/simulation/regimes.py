"""Moods of a market: for some seconds buyers lean on the book, then sellers, then nobody."""

from random import Random

LEANS = (-1.1, -0.6, 0.0, 0.0, 0.6, 1.1)  # log of how much heavier the bids are, half on each side
HEATS = (0.5, 1.0, 1.0, 2.5)  # multiples of the ordinary volatility
SETTLE_SECONDS = 3.0


class Regime:
    """A lean and a heat that hold for a random while; the lean glides to its next value."""

    __slots__ = ("_longest", "_rng", "_shortest", "_target", "heat", "lean", "left")

    def __init__(self, rng: Random, shortest: float, longest: float) -> None:
        self._rng = rng
        self._shortest, self._longest = shortest, longest
        self._change()
        self.lean = self._target
        self.left *= rng.random()  # so that not everybody changes at once

    def step(self, seconds: float) -> None:
        self.left -= seconds
        if self.left <= 0:
            self._change()
        self.lean += (self._target - self.lean) * min(1.0, seconds / SETTLE_SECONDS)

    def _change(self) -> None:
        self.left = self._rng.uniform(self._shortest, self._longest)
        self._target = self._rng.choice(LEANS) * self._rng.uniform(0.7, 1.2)
        self.heat = self._rng.choice(HEATS)

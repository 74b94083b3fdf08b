"""What a coin is worth: at the venue that leads it wanders, at others it follows, a little late and a little off."""

import math
from random import Random
from typing import Protocol

from markets.simulation.listings import Listing

HOMESICK_SECONDS = 1800.0  # how slowly a price forgets that it left its first value
LAG_SECONDS = (0.03, 0.12)  # how far a follower is behind
NOISE = 0.1  # standard deviation of what a follower is off, as a share of its usual spread
NOISE_SECONDS = 20.0  # how long that lasts, about
GAP_EVERY_SECONDS = 120.0  # on average, a follower leaves its leader alone
GAP_SECONDS = (3.0, 10.0)
GAP = (3e-4, 1.2e-3)  # of the price, beyond two usual spreads and a tick


class Price(Protocol):
    """`log` is the natural logarithm of what a coin is worth now."""

    log: float

    def step(self, market: float, seconds: float, heat: float, push: float) -> None:
        """Live through `seconds` of a market whose log price stands at `market`, pushed by `push` a second."""


class WanderingPrice:
    """A random walk that shares the way of the market, and stays near its home."""

    def __init__(self, listing: Listing, rng: Random) -> None:
        self._volatility, self._rng = listing.volatility, rng
        self._home = self.log = math.log(listing.price)
        self._market_seen = 0.0

    def step(self, market: float, seconds: float, heat: float, push: float) -> None:
        self.log += (
            (market - self._market_seen)
            + heat * self._volatility * math.sqrt(seconds) * self._rng.gauss(0.0, 1.0)
            + push * seconds
            - (self.log - self._home) * seconds / HOMESICK_SECONDS
        )
        self._market_seen = market


class FollowingPrice:
    """Another venue's price of the same coin. Now and then it stays away for some seconds: a gap to trade on."""

    def __init__(self, leader: Price, listing: Listing, rng: Random) -> None:
        self._leader, self._rng = leader, rng
        self.log = self._seen = leader.log
        self._lag = rng.uniform(*LAG_SECONDS)
        spread = listing.spread_bps * 1e-4
        self._noise = NOISE * spread
        self._least_gap = 2 * spread + 10.0**-listing.price_decimals / listing.price
        self._off = self.gap = 0.0
        self._left = rng.expovariate(1 / GAP_EVERY_SECONDS)

    def step(self, _market: float, seconds: float, _heat: float, _push: float) -> None:
        """The market, its heat and what pushes it are in the leader's price."""
        self._seen += (self._leader.log - self._seen) * -math.expm1(-seconds / self._lag)
        kept = math.exp(-seconds / NOISE_SECONDS)
        self._off = kept * self._off + self._noise * math.sqrt(1 - kept**2) * self._rng.gauss(0.0, 1.0)
        self._left -= seconds
        if self._left <= 0:
            self._turn()
        self.log = self._seen + self._off + self.gap

    def _turn(self) -> None:
        """Leave the leader, or come back to it."""
        rng = self._rng
        if self.gap:
            self.gap, self._left = 0.0, rng.expovariate(1 / GAP_EVERY_SECONDS)
        else:
            self.gap = rng.choice((-1, 1)) * (self._least_gap + rng.uniform(*GAP))
            self._left = rng.uniform(*GAP_SECONDS)

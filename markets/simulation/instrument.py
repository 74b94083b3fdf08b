"""One symbol's market: a price that wanders, a book that follows it, trades that hit it, and silence."""

import math
from random import Random

from markets.simulation.ladder import ASK, BID, DEPTH, SimulatedSide
from markets.simulation.listings import Listing
from markets.simulation.prices import Price
from markets.simulation.regimes import Regime

LEAN_DRIFT = 5e-5  # log price per second and unit of lean: heavy bids push the price up
REQUOTES_PER_SECOND = 10.0  # levels of each side given a new quantity, and as many behind what is visible
TRADES_PER_SECOND = 4.0
ACTIVE_SECONDS = (15.0, 60.0)
SILENT_SECONDS = (3.0, 12.0)  # of quiet listings; longer than a book stays fresh, now and then
DAY_MS = 86_400_000


class Instrument:
    """A listing come alive. Set `regime`, `drift` or `silent_for` from outside to stage a scenario.

    Its book has `depth` levels a side. `bid_changes` and `ask_changes` are what of it has changed from `previous_id`
    to `update_id`.
    """

    def __init__(
        self, listing: Listing, first_id: int, rng: Random, price: Price, depth: int = DEPTH
    ) -> None:
        self.listing, self._rng, self.price = listing, rng, price
        self.symbol = listing.symbol
        self.stream = listing.symbol.lower()
        self.regime = Regime(rng, 8.0, 45.0)
        self.drift = 0.0
        self.silent_for = 0.0
        self._active_for = rng.uniform(*ACTIVE_SECONDS)
        self._scale = 10**listing.price_decimals
        self._spread = 1
        self.bids, self.asks = (SimulatedSide(listing, sign, rng, depth) for sign in (BID, ASK))
        self.update_id = self.previous_id = first_id
        self.trade_id = first_id // 1000
        self.open = self.high = self.low = self.last = listing.price
        self.volume = listing.size * rng.uniform(20_000, 60_000)
        self.turnover = self.volume * listing.price
        self.trades = rng.randrange(20_000, 900_000)
        self._quote(0.0, 0.0)
        self._take_changes()

    def step(self, market: float, mood: Regime, seconds: float) -> bool:
        """Live through `seconds` of a market whose log price stands at `market`; False while silent."""
        self.regime.step(seconds)
        lean = self.regime.lean + 0.5 * mood.lean
        self.price.step(market, seconds, self.regime.heat * mood.heat, LEAN_DRIFT * lean + self.drift)
        if self._is_silent(seconds):
            return False
        self._quote(seconds, lean)
        return True

    def number(self, step: int) -> None:
        """Give the book the next update id, `step` further; a bad message in between takes one."""
        self.previous_id = self.update_id
        self.update_id += step
        self._take_changes()

    def _take_changes(self) -> None:
        self.bid_changes, self.ask_changes = self.bids.take_changes(), self.asks.take_changes()

    def trade(self) -> tuple[str, str, bool]:
        """One trade at the touch: price, quantity, and whether the buyer was the maker (a seller came)."""
        rng = self._rng
        sold = rng.random() > 0.5 + 0.35 * math.tanh(self.regime.lean)
        price, standing = (self.bids if sold else self.asks).levels[0]
        quantity = max(10.0**-self.listing.size_decimals, float(standing) * rng.random() ** 3)
        self.trade_id += 1
        self.trades += 1
        self.last = float(price)
        self.high, self.low = max(self.high, self.last), min(self.low, self.last)
        self.volume += quantity
        self.turnover += quantity * self.last
        return price, f"{quantity:.{8 if not self.listing.futures else self.listing.size_decimals}f}", sold

    def trades_due(self, seconds: float) -> int:
        """How many trades fall into `seconds`: a Poisson draw, busier in hot regimes."""
        left = math.exp(-TRADES_PER_SECOND * self.regime.heat * seconds)
        count, draw = 0, self._rng.random()
        while draw > left:
            count += 1
            draw *= self._rng.random()
        return count

    def _quote(self, seconds: float, lean: float) -> None:
        """Bring the book to where the price is; in silence nobody quotes, and the book rests."""
        rng, listing = self._rng, self.listing
        mid = math.exp(self.price.log) * self._scale
        if rng.random() < 0.1:
            self._spread = 1 + int(rng.expovariate(1.0) * mid * listing.spread_bps * 1e-4)
        best_bid = math.floor(mid - self._spread / 2)
        self.bids.lean, self.asks.lean = lean / 2, -lean / 2
        self.bids.settle(best_bid)
        self.asks.settle(best_bid + self._spread)
        requotes = math.ceil(REQUOTES_PER_SECOND * seconds)
        for side in (self.bids, self.asks):
            side.requote(requotes, DEPTH)
            if side.depth > DEPTH:
                side.requote(requotes, side.depth)

    def _is_silent(self, seconds: float) -> bool:
        if self.silent_for > 0:
            self.silent_for -= seconds
            return True
        if self.listing.quiet:
            self._active_for -= seconds
            if self._active_for <= 0:
                self._active_for = self._rng.uniform(*ACTIVE_SECONDS)
                self.silent_for = self._rng.uniform(*SILENT_SECONDS)
        return False

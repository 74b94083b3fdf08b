"""One symbol's market: a price that wanders, a book that follows it, trades that hit it, and silence."""

import math
from random import Random

from markets.simulation.ladder import ASK, BID, SimulatedSide
from markets.simulation.listings import Listing
from markets.simulation.regimes import Regime

LEAN_DRIFT = 5e-5  # log price per second and unit of lean: heavy bids push the price up
HOMESICK_SECONDS = 1800.0  # how slowly a price forgets that it left its first value
REQUOTES_PER_SECOND = 10.0  # levels of each side given a new quantity
TRADES_PER_SECOND = 4.0
ACTIVE_SECONDS = (15.0, 60.0)
SILENT_SECONDS = (3.0, 12.0)  # of quiet listings; longer than a book stays fresh, now and then
DAY_MS = 86_400_000


class Instrument:
    """A listing come alive. Set `regime`, `drift` or `silent_for` from outside to stage a scenario."""

    def __init__(self, listing: Listing, first_id: int, rng: Random) -> None:
        self.listing, self._rng = listing, rng
        self.symbol = listing.symbol
        self.stream = listing.symbol.lower()
        self.regime = Regime(rng, 8.0, 45.0)
        self.drift = 0.0
        self.silent_for = 0.0
        self._active_for = rng.uniform(*ACTIVE_SECONDS)
        self._scale = 10**listing.price_decimals
        self._home = self._log_price = math.log(listing.price)
        self._market_seen = 0.0
        self._spread = 1
        self.bids, self.asks = SimulatedSide(listing, BID, rng), SimulatedSide(listing, ASK, rng)
        self.update_id = self.previous_id = first_id
        self.trade_id = first_id // 1000
        self.open = self.high = self.low = self.last = listing.price
        self.volume = listing.size * rng.uniform(20_000, 60_000)
        self.turnover = self.volume * listing.price
        self.trades = rng.randrange(20_000, 900_000)
        self._move(0.0, 0.0, 1.0, 0.0)

    def step(self, market: float, mood: Regime, seconds: float) -> bool:
        """Live through `seconds` of a market whose log price stands at `market`; False while silent."""
        self.regime.step(seconds)
        self._move(market, seconds, self.regime.heat * mood.heat, self.regime.lean + 0.5 * mood.lean)
        return not self._is_silent(seconds)

    def number(self, step: int) -> None:
        """Give the book the next update id, `step` further; a bad message in between takes one."""
        self.previous_id = self.update_id
        self.update_id += step

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

    def _move(self, market: float, seconds: float, heat: float, lean: float) -> None:
        rng, listing = self._rng, self.listing
        self._log_price += (
            (market - self._market_seen)
            + heat * listing.volatility * math.sqrt(seconds) * rng.gauss(0.0, 1.0)
            + (LEAN_DRIFT * lean + self.drift) * seconds
            - (self._log_price - self._home) * seconds / HOMESICK_SECONDS
        )
        self._market_seen = market
        mid = math.exp(self._log_price) * self._scale
        if rng.random() < 0.1:
            self._spread = 1 + int(rng.expovariate(1.0) * mid * listing.spread_bps * 1e-4)
        best_bid = math.floor(mid - self._spread / 2)
        self.bids.lean, self.asks.lean = lean / 2, -lean / 2
        self.bids.settle(best_bid)
        self.asks.settle(best_bid + self._spread)
        requotes = math.ceil(REQUOTES_PER_SECOND * seconds)
        self.bids.requote(requotes)
        self.asks.requote(requotes)

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

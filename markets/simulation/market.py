"""The whole market: instruments that share a mood and a common factor, and send their frames tick by tick."""

import math
from collections.abc import Collection
from random import Random

from markets.simulation import frames
from markets.simulation.faults import SHARE, Faults
from markets.simulation.frames import BOOK, BOOK_TICKER, KINDS, TICKER, TRADE, RawFrame
from markets.simulation.instrument import Instrument
from markets.simulation.listings import Listing
from markets.simulation.regimes import Regime

TICKS_PER_SECOND = 50
MARKET_VOLATILITY = 5e-5  # of the common factor over one second
IDS_PER_SECOND = 500  # on average; fewer than milliseconds, so that a later start always has higher ids


class SimulatedMarket:
    """`rate` books a second and symbol, the symbols spread evenly over the ticks of a period.

    Scenarios that make a strategy fire belong between two ticks: a function that takes the market and
    sets `drift`, `silent_for` or `regime` of its instruments.
    """

    def __init__(
        self,
        listings: list[Listing],
        rate: float,
        rng: Random,
        *,
        first_id: int = 1_000_000,
        kinds: Collection[str] = KINDS,
        faults: bool = False,
    ) -> None:
        self.instruments = [Instrument(listing, first_id, rng) for listing in listings]
        self._rng = rng
        self._period = 1.0 / rate
        self._phases = max(1, round(TICKS_PER_SECOND / rate))
        self.tick_seconds = self._period / self._phases
        self._tick = 0
        self._factor = 0.0
        self._mood = Regime(rng, 20.0, 90.0)
        self._kinds = frozenset(kinds)
        self._faults = Faults() if faults else None
        self._longest_id_step = max(1, int(2 * IDS_PER_SECOND * self._period))

    def tick(self, now_ms: int) -> list[RawFrame]:
        """The frames of the next `tick_seconds`, all stamped `now_ms` (milliseconds since the epoch)."""
        self._mood.step(self.tick_seconds)
        deviation = MARKET_VOLATILITY * self._mood.heat * math.sqrt(self.tick_seconds)
        self._factor += deviation * self._rng.gauss(0.0, 1.0) - self._factor * self.tick_seconds / 600
        phase, round_ = self._tick % self._phases, self._tick // self._phases
        self._tick += 1
        ticker_every = max(1, round(1.0 / self._period))
        sent: list[RawFrame] = []
        for place in range(phase, len(self.instruments), self._phases):
            instrument = self.instruments[place]
            if instrument.step(self._factor, self._mood, self._period):
                self._send(instrument, now_ms, (round_ + place) % ticker_every == 0, sent)
        return sent

    def _send(self, instrument: Instrument, now_ms: int, with_ticker: bool, sent: list[RawFrame]) -> None:
        instrument.number(2 + int(self._rng.random() * self._longest_id_step))
        symbol, kinds = instrument.symbol, self._kinds
        if BOOK in kinds:
            stream, data = frames.book_stream(instrument), frames.book(instrument, now_ms)
            sent.append(RawFrame(symbol, BOOK, frames.encode(stream, data)))
            if self._faults and self._rng.random() < SHARE:
                sent.append(RawFrame(symbol, BOOK, self._faults.next(stream, data)))
        if BOOK_TICKER in kinds:
            sent.append(frames.book_ticker(instrument, now_ms))
        if TRADE in kinds:
            sent.extend(frames.trade(instrument, now_ms) for _ in range(instrument.trades_due(self._period)))
        if TICKER in kinds and with_ticker:
            sent.append(frames.ticker(instrument, now_ms))

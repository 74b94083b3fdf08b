"""The whole market: instruments that share a mood and a common factor, and send their frames tick by tick."""

import math
from collections.abc import Collection
from random import Random

from markets.simulation import frames
from markets.simulation.faults import SHARE, Faults
from markets.simulation.frames import BOOK, BOOK_TICKER, CHANGE, KINDS, TICKER, TRADE, RawFrame
from markets.simulation.instrument import Instrument
from markets.simulation.ladder import DEPTH, whole_depth
from markets.simulation.listings import Listing
from markets.simulation.mishaps import Answer, AnswerFaults, ChangeFaults
from markets.simulation.prices import FollowingPrice, Price, WanderingPrice
from markets.simulation.regimes import Regime

TICKS_PER_SECOND = 50
MARKET_VOLATILITY = 5e-5  # of the common factor over one second
IDS_PER_SECOND = 500  # on average; fewer than milliseconds, so that a later start always has higher ids


class SimulatedMarket:
    """`rate` books a second and symbol, the symbols spread evenly over the ticks of a period.

    Scenarios that make a strategy fire belong between two ticks: a function that takes the market and
    sets `drift`, `silent_for` or `regime` of its instruments. Prices follow those of the instruments that it `follows`,
    which are as many as there are listings, and tick before.
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
        follows: Collection[Instrument] = (),
    ) -> None:
        depths = [whole_depth(listing) if CHANGE in kinds else DEPTH for listing in listings]
        self.instruments = [
            Instrument(listing, first_id, rng, price, depth)
            for listing, price, depth in zip(listings, _prices(listings, follows, rng), depths, strict=True)
        ]
        self.venues = frozenset(listing.venue for listing in listings)
        self._by_name = {(each.symbol, each.listing.futures): each for each in self.instruments}
        self._rng = rng
        self._period = 1.0 / rate
        self._phases = max(1, round(TICKS_PER_SECOND / rate))
        self.tick_seconds = self._period / self._phases
        self._tick = 0
        self._factor = 0.0
        self._mood = Regime(rng, 20.0, 90.0)
        self._kinds = frozenset(kinds)
        self._faults = Faults() if faults else None
        self.change_faults = ChangeFaults(rng.random) if faults else None
        self.answer_faults = AnswerFaults() if faults else None
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

    @property
    def whole_books(self) -> set[tuple[str, bool]]:
        """Of which venues and forms (is it contracts?) there are any."""
        if CHANGE not in self._kinds:
            return set()
        return {(each.listing.venue, each.listing.futures) for each in self.instruments}

    def answer(self, symbol: str, *, futures: bool, now_ms: int) -> Answer | None:
        """To who asks for a whole book; None where no such is kept."""
        instrument = self._by_name.get((symbol, futures))
        if instrument is None or CHANGE not in self._kinds:
            return None
        body = frames.whole_book(instrument, now_ms)
        answer = Answer(body, frames.snapshot(instrument, body))
        return self.answer_faults.befallen(symbol, answer) if self.answer_faults else answer

    def _send(self, instrument: Instrument, now_ms: int, with_ticker: bool, sent: list[RawFrame]) -> None:
        instrument.number(2 + int(self._rng.random() * self._longest_id_step))
        kinds = self._kinds
        if BOOK in kinds:
            data = frames.book(instrument, now_ms)
            sent.append(frames.frame(instrument, BOOK, frames.BOOK_STREAM, data))
            if self._faults and self._rng.random() < SHARE:
                bad = self._faults.next(frames.book_stream(instrument), data)
                sent.append(RawFrame(instrument.symbol, BOOK, bad, instrument.listing.place))
        if CHANGE in kinds:
            change = frames.change(instrument, now_ms)
            sent.extend(self.change_faults.passed(change) if self.change_faults else [change])
        if BOOK_TICKER in kinds:
            sent.append(frames.book_ticker(instrument, now_ms))
        if TRADE in kinds:
            sent.extend(frames.trade(instrument, now_ms) for _ in range(instrument.trades_due(self._period)))
        if TICKER in kinds and with_ticker:
            sent.append(frames.ticker(instrument, now_ms))


def _prices(listings: Collection[Listing], leaders: Collection[Instrument], rng: Random) -> list[Price]:
    if not leaders:
        return [WanderingPrice(listing, rng) for listing in listings]
    return [
        FollowingPrice(leader.price, listing, rng) for leader, listing in zip(leaders, listings, strict=True)
    ]

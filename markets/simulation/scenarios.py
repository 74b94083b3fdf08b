"""Markets staged for the strategies: within a minute each of them finds what it waits for.

Books and trades need no staging: their pressure and momentum turn often enough. A scenario stands around a
market, moves some instruments before each tick, and adds the frames that do not come from this exchange.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from markets.simulation.frames import BOOK_TICKER, RawFrame, encode, touch
from markets.simulation.instrument import Instrument

SURGE_SECONDS = 60.0
CALM_SECONDS = 15.0  # of each surge: the quiet before, so that what follows accelerates
SURGE_DRIFT = 3e-4  # log price per second
SURGING = ("SOLUSDT", "XRPUSDT", "ADAUSDT")
OTHER_VENUES = ("coinbase", "kraken")
"""Beside a single venue the first that is another one pays more. Several have gaps between their books."""
GAP_SYMBOLS = ("BTCUSDT", "ETHUSDT")
GAP_SECONDS, GAP_EVERY_SECONDS = 20.0, 60.0
GAP_PERCENT, NO_GAP_PERCENT = 0.7, -0.02
FIRST_DOMINANCE, DOMINANCE_PER_SECOND, LAST_DOMINANCE = 70.5, 0.005, 85.0
FLOWS = {"btc": (900.0, 1_400.0, 250.0), "eth": (14_000.0, 9_000.0, 2_500.0)}
"""By asset: coins onto exchanges and off them in a period, and the size of its largest transfer."""


class Market(Protocol):
    """One venue, or several."""

    venues: frozenset[str]
    instruments: list[Instrument]
    tick_seconds: float

    def tick(self, now_ms: int) -> list[RawFrame]:
        """The frames of the next `tick_seconds`."""


class Signals:
    """Every strategy fires: prices surge up and down, a second venue pays more, coins leave and arrive."""

    def __init__(self, market: Market) -> None:
        self.market, self.venues = market, market.venues
        self.instruments = market.instruments
        self.tick_seconds = market.tick_seconds
        self._by_symbol = {instrument.symbol: instrument for instrument in market.instruments}
        others = [venue for venue in OTHER_VENUES if venue not in market.venues]
        self._other = others[0] if len(market.venues) == 1 else ""
        self._seconds = 0.0

    def tick(self, now_ms: int) -> list[RawFrame]:
        """The market's frames of the next `tick_seconds`, and once a second those of the world around it."""
        second = int(self._seconds)
        self._surge()
        frames = self.market.tick(now_ms)
        self._seconds += self.tick_seconds
        if int(self._seconds) > second:
            frames += [*self._other_venue(now_ms), self._dominance(now_ms), *self._flows(now_ms)]
        return frames

    def _surge(self) -> None:
        cycle, at = divmod(self._seconds, SURGE_SECONDS)
        is_calm = at < CALM_SECONDS
        direction = 1 if cycle % 2 == 0 else -1
        for symbol in SURGING:
            if instrument := self._by_symbol.get(symbol):
                instrument.drift = 0.0 if is_calm else direction * SURGE_DRIFT
                instrument.regime.heat = 0.5 if is_calm else 3.0

    def _other_venue(self, now_ms: int) -> list[RawFrame]:
        pays_more = self._seconds % GAP_EVERY_SECONDS < GAP_SECONDS
        percent = GAP_PERCENT if pays_more else NO_GAP_PERCENT
        return [
            _touch(instrument, now_ms, self._other, percent)
            for name in GAP_SYMBOLS
            if self._other and (instrument := self._by_symbol.get(name))
        ]

    def _dominance(self, now_ms: int) -> RawFrame:
        percent = min(LAST_DOMINANCE, FIRST_DOMINANCE + DOMINANCE_PER_SECOND * self._seconds)
        data = {"E": now_ms, "btc_dominance": round(percent, 3)}
        return RawFrame("GLOBAL", "dominance", encode("global@dominance", data))

    def _flows(self, now_ms: int) -> list[RawFrame]:
        return [
            RawFrame(asset.upper(), "onchain", encode(f"{asset}@onchain", _flow(now_ms, *flow)))
            for asset, flow in FLOWS.items()
        ]


def _touch(instrument: Instrument, now_ms: int, venue: str, percent: float) -> RawFrame:
    """The touch at another venue, whose bid is `percent` above what is asked here."""
    decimals, size = instrument.listing.price_decimals, f"{instrument.listing.size:.8f}"
    bid = float(instrument.asks.levels[0][0]) * (1 + percent / 100)
    prices = {"b": f"{bid:.{decimals}f}", "a": f"{bid * 1.0002:.{decimals}f}"}
    data = touch(instrument, now_ms, **prices, B=size, A=size)
    payload = encode(f"{instrument.stream}@bookTicker", data, source=f"{venue}-websocket")
    return RawFrame(instrument.symbol, BOOK_TICKER, payload)


def _flow(now_ms: int, inflow: float, outflow: float, whale: float) -> dict[str, Any]:
    way = "outflow" if outflow > inflow else "inflow"
    return {
        "E": now_ms,
        "exchange_inflow": inflow,
        "exchange_outflow": outflow,
        "largest_transfers": [[whale, way]],
    }


SCENARIOS: Mapping[str, Callable[[Market], Signals]] = MappingProxyType({"signals": Signals})

"""Several venues of one market: prices that belong together, and gaps between them now and then."""

from collections import defaultdict
from itertools import pairwise
from random import Random

import pytest

from markets.simulation.frames import KINDS
from markets.simulation.instrument import Instrument
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from markets.simulation.scenarios import Signals
from markets.simulation.venues import SimulatedVenues
from metrics.domain.book import BookUpdate
from metrics.domain.frames import BookChange, BookSnapshot, BookTicker, Ticker, Trade
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder
from tests.markets.simulation.keeper import START_MS, simulated

MINUTES = 5
LEAST_BPS = 2.0


def best(instrument: Instrument) -> tuple[float, float]:
    return float(instrument.bids.levels[0][0]), float(instrument.asks.levels[0][0])


def gap_bps(one: Instrument, other: Instrument) -> float:
    """What a seller gets at one of them above what a buyer pays at the other; negative where there is nothing."""
    (bid, ask), (other_bid, other_ask) = best(one), best(other)
    return 1e4 * (max(bid / other_ask, other_bid / ask) - 1)


def gaps(market: SimulatedVenues, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """Of each symbol when such a gap of LEAST_BPS began, and when it was over."""
    leader, follower = (one.instruments for one in market.markets)
    began: dict[str, float] = {}
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for tick in range(round(seconds / market.tick_seconds)):
        market.tick(START_MS)
        now = tick * market.tick_seconds
        for one, other in zip(leader, follower, strict=True):
            is_open = gap_bps(one, other) >= LEAST_BPS
            if is_open:
                began.setdefault(one.symbol, now)
            elif one.symbol in began:
                found[one.symbol].append((began.pop(one.symbol), now))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gaps_open_within_minutes_last_for_seconds_and_close(seed: int):
    market = simulated("binance", "okx", symbols=6, seed=seed, rate=5.0, kinds=())
    found = gaps(market, 60 * MINUTES)
    lasting = {
        symbol: [end - begin for begin, end in each if end - begin >= 2] for symbol, each in found.items()
    }
    assert sum(bool(each) for each in lasting.values()) >= 4
    assert all(seconds < 15 for each in lasting.values() for seconds in each)


def test_a_gap_is_the_exception():
    market = simulated("binance", "okx", symbols=6, rate=5.0, kinds=())
    found = gaps(market, 60 * MINUTES)
    open_seconds = sum(end - begin for each in found.values() for begin, end in each)
    assert 0 < open_seconds < 0.15 * 6 * 60 * MINUTES


def test_prices_of_a_coin_stay_together_for_ten_minutes():
    market = simulated("binance", "okx", "binance-usdm", symbols=6, rate=1.0, kinds=())
    leader, *others = market.markets
    for _ in range(600):
        for _ in range(round(1 / market.tick_seconds)):
            market.tick(START_MS)
        for follower in others:
            for one, other in zip(leader.instruments, follower.instruments, strict=True):
                if not one.listing.quiet:
                    assert best(other)[0] == pytest.approx(best(one)[0], rel=0.01)


def test_each_venue_has_its_own_spreads_sizes_and_books():
    market = simulated("binance", "okx", symbols=2)
    market.tick(START_MS)
    one, other = (each.instruments[0] for each in market.markets)
    assert one.listing.size != other.listing.size
    assert one.listing.spread_bps < other.listing.spread_bps
    assert one.bids.levels != other.bids.levels


def test_frames_say_of_which_venue_and_form_they_are():
    names = ("binance", "okx", "bybit-usdm")
    market = simulated(*names, symbols=2, kinds=(*KINDS, "diff"))
    expected = {"binance": "binance/spot", "okx": "okx/spot", "bybit-usdm": "bybit/usdm"}
    decoder = WireDecoder(reads=BOOKS_AND_REFERENCES | FULL_BOOKS)
    seen = set()
    frames = [frame for _ in range(200) for frame in market.tick(START_MS)]
    for one, futures in zip(market.markets, (False, False, True), strict=True):
        answer = one.answer("BTCUSDT", futures=futures, now_ms=START_MS)
        assert answer
        assert answer.frame
        frames.append(answer.frame)
    for frame in frames:
        read = decoder.decode(frame.payload)
        assert isinstance(read, BookUpdate | BookChange | BookSnapshot | Trade | Ticker | BookTicker)
        assert read.market == expected[frame.place]
        seen.add((frame.place, type(read)))
    assert len(seen) == 3 * 6


def test_the_same_seed_is_the_same_market_and_another_is_another():
    one, two, other = (
        [
            frame
            for market in [simulated("binance", "okx", seed=seed)]
            for _ in range(200)
            for frame in market.tick(0)
        ]
        for seed in (7, 7, 8)
    )
    assert one == two
    assert one != other


def test_the_first_venue_is_the_same_whatever_others_there_are():
    alone, among = (
        [frame for _ in range(200) for frame in market.tick(0) if frame.place == "binance"]
        for market in (simulated("binance"), simulated("binance", "okx", "kraken"))
    )
    assert alone == among


def test_only_a_single_venue_has_another_one_in_the_scenario_that_pays_more():
    """Signals about a venue of which there is no book would be about a market that no page shows."""

    def sources(market: SimulatedMarket | SimulatedVenues) -> set[bytes]:
        staged = Signals(market)
        frames = [frame for _ in range(100) for frame in staged.tick(0)]
        known = (b"coinbase", b"kraken", b"bybit", b"okx")
        return {
            name for name in known for frame in frames if b'"source":"%b-websocket"' % name in frame.payload
        }

    rng = Random(1)
    assert sources(SimulatedMarket(listings(3, "mixed", rng), 10.0, rng)) == {b"coinbase"}
    assert sources(simulated("coinbase")) == {b"coinbase", b"kraken"}
    assert sources(simulated("binance", "okx")) == {b"okx"}


def test_quotes_of_a_follower_move_with_the_leader():
    """In a minute both go the same way, whatever each is off."""
    market = simulated("binance", "okx", symbols=6, rate=2.0, kinds=())
    logs: list[list[tuple[float, float]]] = []
    for _ in range(12):
        for _ in range(round(60 / market.tick_seconds)):
            market.tick(START_MS)
        logs.append(
            [
                (one.price.log, other.price.log)
                for one, other in zip(*(each.instruments for each in market.markets), strict=True)
            ]
        )
    steps = [
        (later[0] - earlier[0], later[1] - earlier[1])
        for before, after in pairwise(logs)
        for earlier, later in zip(before, after, strict=True)
    ]
    both = sum(one * other for one, other in steps)
    assert both > 0.7 * (sum(one**2 for one, _ in steps) * sum(other**2 for _, other in steps)) ** 0.5

"""The simulated market sends what an exchange could have sent."""

import itertools
from collections import defaultdict
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.simulation.frames import KINDS, RawFrame
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from metrics.domain.book import BookUpdate
from metrics.domain.frames import BookTicker, Ticker, Trade
from metrics.feed.wire import WireDecoder

START_MS = 1_790_000_000_000


def market(
    count: int = 12, rate: float = 10, seed: int = 1, form: Any = "mixed", **options: Any
) -> SimulatedMarket:
    rng = Random(seed)
    return SimulatedMarket(listings(count, form, rng), rate, rng, **options)


def frames_of(market: SimulatedMarket, seconds: float) -> list[RawFrame]:
    ticks = round(seconds / market.tick_seconds)
    return [
        frame
        for tick in range(ticks)
        for frame in market.tick(START_MS + round(1000 * tick * market.tick_seconds))
    ]


def decoded(frame: RawFrame) -> tuple[str, dict[str, Any]]:
    message = msgspec.json.decode(frame.payload)
    return message["stream"], message["data"]


def sides(data: dict[str, Any]) -> tuple[list[list[str]], list[list[str]]]:
    return (data["bids"], data["asks"]) if "bids" in data else (data["b"], data["a"])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 90), form=st.sampled_from(["spot", "usdm", "mixed"]))
def test_books_are_ordered_uncrossed_and_aligned_to_the_tick(seed: int, count: int, form: str):
    simulated = market(count, 5, seed, form, kinds=("depth",))
    ticks = {one.symbol: Decimal(1).scaleb(-one.listing.price_decimals) for one in simulated.instruments}
    for frame in frames_of(simulated, 3):
        bids, asks = ([(Decimal(p), Decimal(q)) for p, q in side] for side in sides(decoded(frame)[1]))
        assert len(bids) == len(asks) == 20
        assert all(above > below for (above, _), (below, _) in itertools.pairwise(bids))
        assert all(below < above for (below, _), (above, _) in itertools.pairwise(asks))
        assert bids[0][0] < asks[0][0]
        assert all(quantity > 0 for _, quantity in bids + asks)
        assert all(price > 0 and price % ticks[frame.symbol] == 0 for price, _ in bids + asks)


def test_a_symbol_has_one_form_for_ever():
    forms = defaultdict(set)
    for frame in frames_of(market(kinds=("depth", "bookTicker")), 10):
        data = decoded(frame)[1]
        is_spot = "e" not in data if frame.kind == "bookTicker" else "bids" in data
        forms[frame.symbol].add("spot" if is_spot else "usdm")
    assert all(len(seen) == 1 for seen in forms.values())
    assert {form for seen in forms.values() for form in seen} == {"spot", "usdm"}


@pytest.mark.parametrize("form", ["spot", "usdm"])
def test_one_form_can_be_asked_for(form: str):
    data = [decoded(frame)[1] for frame in frames_of(market(form=form, kinds=("depth",)), 1)]
    assert all(("bids" in book) == (form == "spot") for book in data)


def test_update_ids_rise_and_chain():
    last: dict[str, int] = {}
    for frame in frames_of(market(kinds=("depth",), first_id=5_000_000), 20):
        data = decoded(frame)[1]
        number = data.get("lastUpdateId") or data["u"]
        assert number > last.get(frame.symbol, 5_000_000)
        if "pu" in data and frame.symbol in last:
            assert data["pu"] == last[frame.symbol]
            assert data["U"] == data["pu"] + 1
        last[frame.symbol] = number


def test_ids_rise_slower_than_milliseconds_so_a_later_start_is_always_higher():
    for rate in (0.5, 10, 200):
        simulated = market(2, rate, first_id=0)
        frames_of(simulated, 60)
        assert max(one.update_id for one in simulated.instruments) < 60_000


@pytest.mark.parametrize("rate", [0.5, 3, 10, 60])
def test_every_symbol_has_its_rate_spread_over_the_ticks(rate: float):
    simulated = market(6, rate, kinds=("depth",))
    counts: dict[str, int] = defaultdict(int)
    for frame in frames_of(simulated, 20):
        counts[frame.symbol] += 1
    assert set(counts.values()) <= {round(20 * rate), round(20 * rate) + 1}
    assert simulated.tick_seconds <= 0.025
    assert simulated.tick_seconds * rate <= 1.0 + 1e-9


def test_quiet_symbols_fall_silent_for_seconds_and_come_back():
    times: dict[str, list[float]] = defaultdict(list)
    simulated = market(14, kinds=("depth",))
    for tick in range(round(180 / simulated.tick_seconds)):
        for frame in simulated.tick(START_MS):
            times[frame.symbol].append(tick * simulated.tick_seconds)
    longest = {symbol: max(b - a for a, b in itertools.pairwise(seen)) for symbol, seen in times.items()}
    quiet = {one.symbol for one in simulated.instruments if one.listing.quiet}
    assert quiet
    assert all((longest[symbol] > 3) == (symbol in quiet) for symbol in longest)


def test_pressure_swings_between_bullish_and_bearish():
    bullish, bearish = set(), set()
    for frame in frames_of(market(10, 4, kinds=("depth",)), 300):
        bids, asks = (sum(float(quantity) for _, quantity in side) for side in sides(decoded(frame)[1]))
        pressure = 100 * (bids - asks) / (bids + asks)
        if pressure > 20:
            bullish.add(frame.symbol)
        elif pressure < -20:
            bearish.add(frame.symbol)
    assert len(bullish & bearish) == 10


def test_prices_move_together_but_not_alike():
    simulated = market(30, 2, kinds=())
    logs = []
    for _ in range(60):
        frames_of(simulated, 5)
        logs.append([float(one.bids.levels[0][0]) / one.listing.price - 1 for one in simulated.instruments])
    steps = [[b - a for a, b in zip(one, two, strict=True)] for one, two in itertools.pairwise(logs)]
    common = [sum(row) / len(row) for row in steps]
    market_variance = sum(value**2 for value in common) / len(common)
    own_variance = sum(
        (value - mean) ** 2 for row, mean in zip(steps, common, strict=True) for value in row
    ) / (len(steps) * 30)
    assert market_variance > 3 * own_variance / 30  # far above the mean of independent walks
    assert own_variance > 0


def test_trades_and_tickers_agree():
    simulated = market(4)
    by_kind: dict[str, list[RawFrame]] = defaultdict(list)
    for frame in frames_of(simulated, 10):
        by_kind[frame.kind].append(frame)
    assert set(by_kind) == set(KINDS)
    count: dict[str, int] = {}
    for frame in by_kind["ticker"]:
        _, data = decoded(frame)
        assert Decimal(data["l"]) <= Decimal(data["c"]) <= Decimal(data["h"])
        assert data["n"] >= count.get(frame.symbol, 0)
        assert data["L"] - data["F"] == data["n"]
        count[frame.symbol] = data["n"]
    for frame in by_kind["trade"]:
        stream, data = decoded(frame)
        assert stream == f"{frame.symbol.lower()}@{data['e']}"
        assert Decimal(data["p"]) > 0
        assert Decimal(data["q"]) > 0
    assert {decoded(frame)[1]["e"] for frame in by_kind["trade"]} == {"trade", "aggTrade"}


def test_the_same_seed_is_the_same_market():
    one, two, other = (frames_of(market(seed=seed, faults=True), 5) for seed in (7, 7, 8))
    assert one == two
    assert one != other


def test_prices_stay_near_their_start_for_an_hour():
    simulated = market(12, 0.5, kinds=())
    frames_of(simulated, 3600)
    assert all(0.5 < float(one.bids.levels[0][0]) / one.listing.price < 2 for one in simulated.instruments)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_say_of_which_form_they_are_without_a_subject(kind: str):
    decoder = WireDecoder()
    simulated = market(kinds=(kind,))
    forms = {one.symbol: "usdm" if one.listing.futures else "spot" for one in simulated.instruments}
    assert set(forms.values()) == {"spot", "usdm"}
    for frame in frames_of(simulated, 2):
        read = decoder.decode(frame.payload)
        assert isinstance(read, BookUpdate | Trade | Ticker | BookTicker)
        assert read.market == f"binance/{forms[frame.symbol]}"


def test_the_touch_in_a_ticker_is_that_of_the_book():
    decoder = WireDecoder()
    simulated = market(form="spot", kinds=("depth", "ticker"))
    best: dict[str, tuple[float, float]] = {}
    tickers = 0
    for frame in frames_of(simulated, 3):
        read = decoder.decode(frame.payload)
        if isinstance(read, BookUpdate):
            best[frame.symbol] = read.bids[0][0], read.asks[0][0]
        else:
            assert isinstance(read, Ticker)
            assert (read.bid, read.ask) == best[frame.symbol]
            tickers += 1
    assert tickers

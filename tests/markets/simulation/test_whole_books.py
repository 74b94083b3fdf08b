"""A whole book is what its snapshot and its changes say, at every update id."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.simulation.ladder import DEPTH, WHOLE_DEPTH
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from tests.markets.simulation.keeper import (
    START_MS,
    Keeper,
    best,
    data_of,
    own_book,
    side,
    simulated,
)

FORMS = ("binance", "binance-usdm", "okx", "okx-usdm")


def ticks(seconds: float, market: SimulatedMarket) -> Iterator[int]:
    """Milliseconds since the epoch."""
    for tick in range(round(seconds / market.tick_seconds)):
        yield START_MS + round(1_000 * tick * market.tick_seconds)


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(FORMS),
    seed=st.integers(0, 2**32),
    symbols=st.integers(1, 60),
    rate=st.sampled_from([1.0, 10.0, 40.0]),
    before=st.floats(0, 2),
)
def test_a_book_rebuilt_from_snapshot_and_changes_is_the_simulators_own_at_every_id(
    name: str, seed: int, symbols: int, rate: float, before: float
):
    (market,) = simulated(name, symbols=symbols, seed=seed, rate=rate).markets
    for now_ms in ticks(before, market):
        market.tick(now_ms)
    instrument = market.instruments[-1]
    keeper = Keeper(market, instrument)
    assert keeper.book == own_book(instrument)
    changes = 0
    for now_ms in ticks(3, market):
        for frame in market.tick(now_ms):
            if frame.symbol == instrument.symbol and frame.kind == "diff":
                keeper.take(data_of(frame))
                changes += 1
        assert keeper.number == instrument.update_id
        assert keeper.book == own_book(instrument)
    assert changes


@pytest.mark.parametrize("name", FORMS)
def test_partial_books_and_touches_agree_with_the_whole_book_of_their_id(name: str):
    (market,) = simulated(name, symbols=5).markets
    keepers = {each.symbol: Keeper(market, each) for each in market.instruments}
    agreed = {"depth": 0, "bookTicker": 0}
    for now_ms in ticks(10, market):
        frames = market.tick(now_ms)
        for frame in frames:
            if frame.kind == "diff":
                keepers[frame.symbol].take(data_of(frame))
        for frame in frames:
            data, keeper = data_of(frame), keepers[frame.symbol]
            if frame.kind == "bookTicker":
                assert data["u"] == keeper.number
                touch = {Decimal(data["b"]): Decimal(data["B"])}, {Decimal(data["a"]): Decimal(data["A"])}
                assert touch == best(keeper.book, 1)
            elif frame.kind == "depth":
                assert data.get("lastUpdateId", data.get("u")) == keeper.number
                bids, asks = (data["bids"], data["asks"]) if "bids" in data else (data["b"], data["a"])
                assert len(bids) == len(asks) == DEPTH
                assert (side(bids), side(asks)) == best(keeper.book, DEPTH)
            else:
                continue
            agreed[frame.kind] += 1
    assert agreed == {"depth": 500, "bookTicker": 500}


def test_a_book_has_several_hundred_levels_a_side_and_no_bid_at_zero():
    (market,) = simulated("binance", symbols=60).markets
    for now_ms in ticks(5, market):
        market.tick(now_ms)
    depths = {each.symbol: len(each.bids.levels) for each in market.instruments}
    assert depths["BTCUSDT"] == WHOLE_DEPTH
    assert min(depths.values()) > 150
    assert all(each.bids.keys[-1] < 0 for each in market.instruments)


def test_a_silent_book_rests_so_that_who_asks_then_gets_the_book_of_the_id_it_says():
    (market,) = simulated("binance", symbols=1).markets
    (instrument,) = market.instruments
    market.tick(START_MS)
    before, number = own_book(instrument), instrument.update_id
    instrument.silent_for = 5.0
    for now_ms in ticks(4, market):
        assert market.tick(now_ms) == []
    keeper = Keeper(market, instrument)
    assert (keeper.number, keeper.book) == (number, before)
    for now_ms in ticks(3, market):
        for frame in market.tick(now_ms):
            if frame.kind == "diff":
                keeper.take(data_of(frame))
    assert keeper.number > number
    assert keeper.book == own_book(instrument)


def test_contracts_tell_a_time_in_their_answer_and_spot_does_not():
    for name, keys in (("binance", set()), ("binance-usdm", {"E", "T"})):
        (market,) = simulated(name).markets
        answer = market.answer("BTCUSDT", futures=name != "binance", now_ms=START_MS)
        assert answer
        assert msgspec.json.decode(answer.body).keys() == {"lastUpdateId", "bids", "asks"} | keys


def test_nobody_has_the_whole_book_of_another_form_or_symbol_or_of_a_market_without_changes():
    (market,) = simulated("binance").markets
    assert market.answer("BTCUSDT", futures=True, now_ms=START_MS) is None
    assert market.answer("NOSUCHUSDT", futures=False, now_ms=START_MS) is None
    (market,) = simulated("binance", kinds=("depth",)).markets
    assert market.answer("BTCUSDT", futures=False, now_ms=START_MS) is None
    assert not market.whole_books


def test_one_venue_of_both_forms_has_whole_books_of_both():
    rng = Random(1)
    market = SimulatedMarket(listings(3, "mixed", rng), 10.0, rng, kinds=("diff",))
    assert market.whole_books == {("binance", False), ("binance", True)}
    assert market.answer("BTCUSDT", futures=False, now_ms=START_MS)
    assert market.answer("ETHUSDT", futures=True, now_ms=START_MS)
    assert market.answer("ETHUSDT", futures=False, now_ms=START_MS) is None

"""Cross-Exchange Spread against an independent calculation, and as it is described."""

import math
from fractions import Fraction
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configuration.domain.catalogue import CrossExchangeSpread
from strategies.domain import cross_exchange_spread
from tests.strategies.exact import exact, read
from tests.strategies.scenes import START, actions, balanced, gap, run, touch

VENUES = ["binance", "coinbase", "kraken", "bybit", "okx"]
TOUCHES = st.lists(
    st.tuples(
        st.floats(0.05, 6.5),
        st.sampled_from(VENUES),
        st.sampled_from(["spot", "spot", "spot", "usdm"]),
        st.floats(95, 105),
        st.floats(0.001, 0.5),
        st.floats(0.01, 9),
    ),  # seconds since the one before, venue, form, bid, spread, quantity
    min_size=1,
    max_size=60,
)


TENTHS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 2.5]),
        st.sampled_from(VENUES[:3]),
        st.just("spot"),
        st.sampled_from([99.9, 100.0, 100.1, 100.2, 100.5, 101.0, 101.2]),
        st.just(0.1),
        st.sampled_from([0.005, 0.01, 0.019, 0.07, 0.29, 5.0]),
    ),
    min_size=1,
    max_size=60,
)
"""The same in tenths, whose gaps often are a threshold."""


@st.composite
def parameter_sets(draw):
    threshold = draw(st.one_of(st.floats(0.1, 5), st.integers(1, 9).map(lambda tenths: tenths / 10)))
    return CrossExchangeSpread(
        spread_threshold_percent=threshold,
        min_signal_interval=draw(st.integers(60, 200)),
        max_position_size=draw(st.integers(100, 10_000)),
        exchanges=tuple(draw(st.lists(st.sampled_from(VENUES), min_size=2, max_size=5, unique=True))),
        persistent_spread_periods=draw(st.integers(1, 4)),
        base_confidence=draw(st.floats(0.5, 1)),
        high_spread_confidence=draw(st.floats(0.5, 1)),
        high_spread_threshold=draw(st.one_of(st.floats(threshold + 0.1, 10), st.sampled_from([1.0, 1.1]))),
    )


def session(seed, venues):
    """Venues a few percent apart, heard of again and again, now and then after a pause; all but a few frames spot."""
    rng = Random(seed)
    heard = rng.sample(venues, min(len(venues), 3))
    levels = {venue: rng.uniform(96, 104) for venue in heard}
    arrivals = []
    for _ in range(80):
        venue = rng.choice(heard)
        seconds = rng.choice([rng.uniform(0.05, 1.5), rng.uniform(0.05, 1.5), rng.uniform(3, 6)])
        bid = levels[venue] * rng.uniform(0.99, 1.01)
        form = "usdm" if rng.random() < 0.1 else "spot"
        arrivals.append((seconds, venue, form, bid, rng.uniform(0.001, 0.1), rng.uniform(0.01, 9)))
    return arrivals


@st.composite
def scenes(draw):
    """Arrivals and parameters: either anything, or a market that lasts at the venues that are compared."""
    parameters = draw(parameter_sets())
    lasting = st.builds(session, st.integers(0, 2**32), st.just(parameters.exchanges))
    return draw(st.one_of(TOUCHES, TENTHS, lasting)), parameters


def slow(history, p):
    """Every signal, each frame judged by looking back over all of its form.

    (cheap, dear, form, what the cheap one asks, what the dear one bids, confidence, quantity to be had)
    """
    signals: list[Any] = []
    sent: dict[frozenset[str], float] = {}
    shown: dict[tuple[str, tuple[str, ...]], list[Any]] = {
        (form, route): [] for form in ("spot", "usdm") for route in permutations(p.exchanges, 2)
    }  # frames that judged it: (time, does it show the gap, when the older of its two touches came)
    for index, (now, venue, form, *_) in enumerate(history):
        newest = {}
        for at, name, its_form, bid, spread, quantity in history[: index + 1]:
            if its_form == form:
                newest[name] = (at, bid, round(bid + spread, 12), quantity)
        for route in permutations(p.exchanges, 2):
            if venue not in route:
                continue
            legs: list[Any] = [newest.get(name) for name in route]
            fresh = all(leg and now - leg[0] < 5 for leg in legs)
            ask, bid = (exact(legs[0][2]), exact(legs[1][1])) if fresh else (Fraction(1), Fraction(0))
            percent = read(100 * (bid - ask) / ask)
            holds = fresh and percent >= read(exact(p.spread_threshold_percent))
            shown[form, route].append((now, holds, min(leg[0] for leg in legs) if fresh else None))
            if not holds:
                continue
            if count(shown[form, route]) < p.persistent_spread_periods:
                continue
            pair = frozenset(route)
            if pair in sent and now - sent[pair] < p.min_signal_interval:
                continue
            held = min(p.max_position_size / ask, exact(legs[0][3]), exact(legs[1][3]))
            units = 10_000 if ask > 10_000 else 100
            held = Fraction(math.floor(read(held * units)), units)
            if not held:
                continue
            sent[pair] = now
            large = percent >= read(exact(p.high_spread_threshold))
            confidence = min(0.95, p.high_spread_confidence if large else p.base_confidence)
            signals.append((*route, form, legs[0][2], legs[1][1], confidence, held))
    return signals


def count(judged):
    """Observations at least a second apart, each of two new touches, in the unbroken tail of judgements."""
    tail: list[tuple[float, float]] = []
    for at, holds, older_touch_at in judged:
        tail = [*tail, (at, older_touch_at)] if holds else []
    observed: list[float] = []
    for at, older_touch_at in tail:
        if observed and at - observed[-1] > 5:
            observed = []
        if not observed or (at - observed[-1] >= 1 and older_touch_at > observed[-1]):
            observed.append(at)
    return len(observed)


@given(scenes())
def test_signals_are_those_of_the_slow_calculation(scene):
    arrivals, parameters = scene
    now, history, frames = START, [], []
    for seconds, venue, form, bid, spread, quantity in arrivals:
        now += seconds
        history.append((now, venue, form, bid, spread, quantity))
        frames.append((now, touch(bid, round(bid + spread, 12), quantity=quantity, venue=venue, form=form)))
    changed = {name: getattr(parameters, name) for name in parameters.__struct_fields__}
    found = run("cross_exchange_spread", frames, **changed)
    expected = slow(history, parameters)
    assert len(found) == len(expected)
    for decision, (*stated, confidence, held) in zip(
        sorted(found, key=place), sorted(expected, key=lambda signal: signal[:3]), strict=True
    ):
        buy, sell = decision.legs
        assert [*place(decision), buy.price, sell.price] == stated
        assert decision.confidence == pytest.approx(confidence)
        assert decision.quantity == float(held)
        assert decision.quantity == buy.quantity == sell.quantity


def place(decision):
    """Cheap venue, dear venue, form."""
    return (*(leg.venue for leg in decision.legs), decision.legs[0].form)


def test_buys_where_it_is_cheap_and_sells_where_it_is_dear():
    (decision,) = run("cross_exchange_spread", gap(0.6))
    assert decision.action == "buy"
    assert decision.price == 60000.0
    assert decision.confidence == 0.75
    buy, sell = decision.legs
    assert (buy.venue, buy.action, buy.price) == ("binance", "buy", 60000.0)
    assert (sell.venue, sell.action, sell.price) == ("coinbase", "sell", pytest.approx(60360.0))
    assert buy.quantity == sell.quantity == decision.quantity == 0.0083


def test_states_the_gap_between_what_was_sent():
    frames = [
        (START + second, touch(bid, ask, venue=venue))
        for second in range(10)
        for venue, bid, ask in (("binance", 99999.99, 100000.0), ("coinbase", 100000.01, 100000.02))
    ]
    (decision,) = run("cross_exchange_spread", frames, spread_threshold_percent=0.000001)
    assert decision.indicators["gap_percent"] == 0.00001


@pytest.mark.parametrize(("threshold", "bps"), [(0.57, "57"), (0.29, "29"), (0.1234, "12.34")])
def test_a_threshold_is_stated_in_basis_points_as_it_was_set(threshold: float, bps: str):
    (decision,) = run("cross_exchange_spread", gap(0.6), spread_threshold_percent=threshold)
    assert f"the gap of 60 bps is at least {bps} bps, in" in decision.rationale


def test_sees_the_gap_in_the_other_direction_too():
    mirrored = [
        (now, touch(f.bid, f.ask, venue="coinbase" if f.venue == "binance" else "binance"))
        for now, f in gap(0.6)
    ]
    (decision,) = run("cross_exchange_spread", mirrored)
    assert [leg.venue for leg in decision.legs] == ["coinbase", "binance"]


def test_takes_no_more_than_both_touches_hold():
    (decision,) = run("cross_exchange_spread", gap(0.6, quantity=0.00257))
    assert decision.quantity == 0.0025


def test_a_large_gap_is_surer():
    assert run("cross_exchange_spread", gap(1.2))[0].confidence == 0.85


def test_a_gap_has_to_persist():
    assert run("cross_exchange_spread", gap(0.6, seconds=2)) == []
    closed = (START + 1.5, touch(60001.0, 60002.0, venue="coinbase"))
    broken = [*gap(0.6, seconds=2), closed, *gap(0.6, seconds=2, start=START + 2)]
    assert run("cross_exchange_spread", broken) == []


def test_many_frames_in_a_second_are_one_observation():
    burst = [(START + (now - START) / 20, frame) for now, frame in gap(0.6, seconds=20)]
    assert run("cross_exchange_spread", burst) == []


def test_an_old_leg_does_not_count():
    frames = gap(0.6, seconds=2)
    late = [(START + 7 + second, touch(59999.0, 60000.0)) for second in range(5)]
    assert run("cross_exchange_spread", [*frames, *late]) == []


def test_repeats_after_its_interval():
    assert len(run("cross_exchange_spread", gap(0.6, seconds=290))) == 1
    assert actions(run("cross_exchange_spread", gap(0.6, seconds=310))) == ["buy", "buy"]


def test_the_interval_is_of_two_venues_whatever_their_form():
    contracts = [(now + 0.1, touch(f.bid, f.ask, venue=f.venue, form="usdm")) for now, f in gap(0.6)]
    both = sorted([*gap(0.6), *contracts], key=lambda frame: frame[0])
    assert len(run("cross_exchange_spread", both)) == 1


def test_books_and_touches_both_give_the_price():
    frames = [
        (now, balanced(bid=f.bid, ask=f.ask, market=f"{f.venue}/spot") if f.venue == "coinbase" else f)
        for now, f in gap(0.6)
    ]
    assert len(run("cross_exchange_spread", frames)) == 1


def test_a_venue_whose_book_lost_a_side_is_left_out():
    frames = gap(0.6, seconds=2)
    empty = balanced(market="coinbase/spot")
    empty.bids = []
    assert run("cross_exchange_spread", [*frames, (START + 1.5, empty), (START + 2, frames[0][1])]) == []


def test_a_touch_that_comes_late_replaces_no_newer_one_even_of_a_book():
    def found(wait):
        newer = balanced(bid=60400.0, ask=60401.0, update_id=7)  # no gap to what coinbase bids
        late = touch(60000.0, 60001.0, update_id=6)
        dear = touch(60650.0, 60651.0, venue="coinbase")
        frames = [(START, newer), (START + wait, late), (START + wait + 1, dear)]
        return actions(run("cross_exchange_spread", frames, persistent_spread_periods=1))

    assert found(1) == []
    assert found(5.5) == ["buy"]  # the newer one is too old to count


def test_a_perpetual_contract_that_trades_above_spot_is_no_gap():
    apart = [
        (now, touch(f.bid, f.ask, venue=f.venue, form="usdm" if f.venue == "coinbase" else "spot"))
        for now, f in gap(0.6)
    ]
    assert run("cross_exchange_spread", apart) == []
    contracts = [(now, touch(f.bid, f.ask, venue=f.venue, form="usdm")) for now, f in gap(0.6)]
    (decision,) = run("cross_exchange_spread", contracts)
    assert [leg.form for leg in decision.legs] == ["usdm", "usdm"]


def test_spot_books_and_usdm_touches_of_one_venue_do_not_replace_each_other():
    """A gap between the spot markets is seen through contracts at other prices, and is not made by them."""

    def beside(frames, bid):
        contract = touch(bid, bid + 1, form="usdm")  # of the venue that asks less
        return [each for now, f in frames for each in ((now, f), (now + 0.1, contract))]

    (decision,) = run("cross_exchange_spread", beside(gap(0.6), 61000.0))
    assert (decision.price, decision.legs[0].form) == (60000.0, "spot")
    assert run("cross_exchange_spread", beside(gap(0.1), 59000.0)) == []


@pytest.mark.parametrize(
    ("ask", "bid", "threshold", "count"),
    [(0.07, 0.07007, 0.1, 1), (0.07, 0.0700699, 0.1, 0), (100.0, 100.1, 0.1, 1), (1.1, 1.1033, 0.3, 1)],
)
def test_the_smallest_gap_is_enough(ask, bid, threshold, count):
    frames = [
        (START + second, touch(*prices, quantity=900.0, venue=venue))
        for second in range(5)
        for venue, prices in (("binance", (ask - 0.01, ask)), ("coinbase", (bid, bid + 0.01)))
    ]
    assert len(run("cross_exchange_spread", frames, spread_threshold_percent=threshold)) == count


@pytest.mark.parametrize(("bid", "confidence"), [(100.3, 0.85), (100.2999, 0.75)])
def test_a_gap_that_is_the_high_threshold_is_large(bid, confidence):
    frames = [
        (START + second, touch(*prices, venue=venue))
        for second in range(5)
        for venue, prices in (("binance", (99.0, 100.0)), ("coinbase", (bid, 102.0)))
    ]
    changed = {"spread_threshold_percent": 0.1, "high_spread_threshold": 0.3}
    (decision,) = run("cross_exchange_spread", frames, **changed)
    assert decision.confidence == confidence


def test_decides_nothing_where_not_one_unit_fits():
    """What the touches hold, or what the cap allows, is less; the cap is looked at again with the next touch."""
    assert run("cross_exchange_spread", gap(0.6, quantity=0.00009)) == []
    assert run("cross_exchange_spread", gap(0.6, price=100.0, quantity=0.001)) == []
    assert run("cross_exchange_spread", gap(0.6, price=2_000_000.0), max_position_size=100) == []
    assert (
        run("cross_exchange_spread", gap(0.6, price=1_000_000.0), max_position_size=100)[0].quantity == 0.0001
    )


def test_what_did_not_fit_does_not_begin_the_interval():
    thin, deep = gap(0.6, quantity=0.00009), gap(0.6, start=START + 10)
    (decision,) = run("cross_exchange_spread", [*thin, *deep])
    assert decision.quantity == 0.0083


@pytest.mark.parametrize(
    ("venue", "action", "exchange", "price"),
    [
        ("binance", "buy", "binance", 60000.0),
        ("coinbase", "sell", "coinbase", 60360.0),
        ("kraken", "hold", "kraken", 60000.0),
        ("any", "buy", "binance", 60000.0),
    ],
)
def test_its_side_is_seen_from_where_somebody_trades(venue, action, exchange, price):
    """Buy at the own ask, sell at the own bid; at no third venue either."""
    (decision,) = run("cross_exchange_spread", gap(0.6))
    seen = cross_exchange_spread.seen_from(decision, venue)
    assert (seen.action, seen.exchange, seen.price, seen.current_price) == (action, exchange, price, price)
    assert seen.legs == decision.legs


def test_what_has_no_legs_is_seen_the_same_from_everywhere():
    (decision,) = run("orderbook_skew", [(START, balanced(2, 1))])
    assert cross_exchange_spread.seen_from(decision, "kraken") == decision

"""Order Book Skew against an independent calculation, and as it is described."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configuration.domain.catalogue import OrderbookSkew
from strategies.domain import orderbook_skew
from strategies.domain.decision import Edge
from tests.strategies.exact import exact, read
from tests.strategies.scenes import START, actions, balanced, book, run, volumes_by_level

QUANTITIES = st.lists(st.floats(0.0001, 50), min_size=0, max_size=25)
TENTHS = st.lists(st.integers(1, 6).map(lambda tenths: tenths / 10), min_size=1, max_size=3)


@st.composite
def books(draw, quantities=QUANTITIES):
    tick = draw(st.sampled_from([0.01, 1.0, 25.0]))
    bids = [(50_000 - tick * n, q) for n, q in enumerate(draw(quantities))]
    asks = [(50_000 + tick * (n + 1), q) for n, q in enumerate(draw(quantities))]
    return book(bids, asks)


@st.composite
def parameter_sets(draw):
    share = draw(st.floats(0, 1))
    return OrderbookSkew(
        top_levels=draw(st.integers(1, 20)),
        buy_threshold=draw(st.floats(1.01, 3.0)),
        sell_threshold=draw(st.floats(0.3, 1.0)),
        min_spread_percent=draw(st.floats(0.01, 1.0)),
        base_confidence=draw(st.floats(0.5, 1.0)),
        imbalance_weight=share,
        spread_weight=1 - share,
        min_total_volume=draw(st.floats(0.0001, 10)),
    )


@st.composite
def scenes_at_a_threshold(draw):
    """A book of few tenths in tight prices, and parameters that it often meets exactly."""
    bid, ask = draw(
        st.sampled_from([(9.995, 10.005), (99.95, 100.05), (0.19989, 0.20011), (61000.01, 61000.02)])
    )
    sides = draw(TENTHS), draw(TENTHS)
    tick = bid / 1000
    bids, asks = (
        [(price + way * tick * n, quantity) for n, quantity in enumerate(side)]
        for price, way, side in ((bid, -1, sides[0]), (ask, 1, sides[1]))
    )
    parameters = OrderbookSkew(
        buy_threshold=draw(st.sampled_from([1.0, 1.2, 1.25, 1.4, 1.5, 2.0])),
        sell_threshold=draw(st.sampled_from([0.4, 0.5, 0.6, 0.8])),
        min_spread_percent=draw(st.sampled_from([0.1, 0.11, 1.0])),
        min_total_volume=draw(st.sampled_from([0.3, 0.6, 0.8, 0.9, 1.1])),
    )
    return book(bids, asks), parameters


def slow(update: Any, p: Any) -> tuple[str, float] | None:
    """The same in rational arithmetic: None, or action and confidence."""
    bids = [(exact(price), exact(q)) for price, q in update.bids][: p.top_levels]
    asks = [(exact(price), exact(q)) for price, q in update.asks][: p.top_levels]
    if len(bids) == 0 or len(asks) == 0:
        return None
    bid, ask = (sum((q for _, q in side), Fraction(0)) for side in (bids, asks))
    spread = (asks[0][0] - bids[0][0]) * 100 * 2 / (asks[0][0] + bids[0][0])
    ratio, widest = bid / ask, exact(p.min_spread_percent)
    if read(bid + ask) < read(exact(p.min_total_volume)) or read(spread) > read(widest):
        return None
    if read(ratio) > read(exact(p.buy_threshold)):
        action, threshold = "buy", exact(p.buy_threshold)
    elif read(ratio) < read(exact(p.sell_threshold)):
        action, threshold = "sell", exact(p.sell_threshold)
    else:
        return None
    excess = abs(ratio - threshold) / threshold
    score = exact(p.imbalance_weight) * (excess if excess < 1 else 1)
    score += exact(p.spread_weight) * (1 - spread / widest)
    score = max(Fraction(0), min(Fraction(1), score))
    base = exact(p.base_confidence)
    return action, min(0.95, float(base + (Fraction("0.95") - base) * score))


@given(books(), parameter_sets())
def test_equals_rational_arithmetic(update, parameters):
    expected = slow(update, parameters)
    found = orderbook_skew.evaluate(Edge(), update, parameters, START)
    assert [(d.action, pytest.approx(d.confidence)) for d in found] == ([expected] if expected else [])


@given(scenes_at_a_threshold())
def test_equals_rational_arithmetic_at_the_thresholds_themselves(scene):
    update, parameters = scene
    expected = slow(update, parameters)
    found = orderbook_skew.evaluate(Edge(), update, parameters, START)
    assert [(d.action, pytest.approx(d.confidence)) for d in found] == ([expected] if expected else [])


@given(st.lists(books(), min_size=1, max_size=12), parameter_sets())
def test_signals_are_the_crossings_of_rational_arithmetic(updates, parameters):
    expected, last = [], None
    for update in updates:
        found = slow(update, parameters)
        if found and found[0] != last:
            action, confidence = found
            bid, ask = update.bids[0][0], update.asks[0][0]
            price = bid if action == "buy" else ask
            expected.append((action, pytest.approx(confidence), price, (bid + ask) / 2))
        last = found and found[0]
    changed = {name: getattr(parameters, name) for name in parameters.__struct_fields__}
    decisions = run("orderbook_skew", enumerate(updates), **changed)
    assert [(d.action, d.confidence, d.price, d.current_price) for d in decisions] == expected


def test_buys_at_the_best_bid_when_bids_outweigh_asks():
    (decision,) = run("orderbook_skew", [(START, balanced(1.62, 1.0))])
    assert decision.action == "buy"
    assert (decision.price, decision.current_price) == (60000.0, 60000.5)
    assert decision.indicators == {
        "ratio": pytest.approx(1.62),
        "spread_percent": pytest.approx(100 / 60000.5),
    }


def test_states_a_spread_of_nearly_nothing_in_all_its_digits():
    bid, ask = 1234567890.1234, 1234567890.1235
    (decision,) = run("orderbook_skew", [(START, book([(bid, 2.0)], [(ask, 1.0)]))])
    assert decision.indicators["spread_percent"] == pytest.approx(8.10000007e-12, rel=1e-9)


def test_sells_at_the_best_ask_when_asks_outweigh_bids():
    (decision,) = run("orderbook_skew", [(START, balanced(0.5, 1.0))])
    assert (decision.action, decision.price) == ("sell", 60001.0)


def test_signals_a_condition_once_and_again_after_it_has_been_false():
    heavy, even, light = balanced(2, 1), balanced(1, 1), balanced(1, 2)
    frames = [(START + n, f) for n, f in enumerate([heavy, heavy, even, even, heavy, light, heavy, light])]
    assert actions(run("orderbook_skew", frames)) == ["buy", "buy", "sell", "buy", "sell"]


def test_a_book_it_cannot_trust_counts_as_no_condition():
    heavy = balanced(2, 1)
    untrusted = [
        balanced(2, 1, ask=60100.0),
        book([(60000.0, 9.0)], []),
        balanced(0.0001, 0.00001),
        balanced(2, 5e-324),  # a ratio beyond any number
    ]
    for nothing in untrusted:
        frames = [(START, heavy), (START + 1, nothing), (START + 2, heavy)]
        assert actions(run("orderbook_skew", frames)) == ["buy", "buy"]


@pytest.mark.parametrize(("ratio", "action"), [(1.2, None), (1.2001, "buy"), (0.8, None), (0.7999, "sell")])
def test_a_threshold_itself_is_not_beyond_it(ratio, action):
    assert orderbook_skew.choose(orderbook_skew.Skew(ratio, 0.01), OrderbookSkew()) == action


@pytest.mark.parametrize(
    ("bids", "asks", "changed", "action"),
    [
        ([0.1, 0.2], [0.25], {}, None),  # the ratio is 1.2
        ([0.1, 0.2], [0.249], {}, "buy"),
        ([0.7], [0.1], {"min_total_volume": 0.8}, "buy"),
        ([0.7], [0.1], {"min_total_volume": 0.81}, None),
    ],
)
def test_sums_decide_as_decimals(bids, asks, changed, action):
    skewed = volumes_by_level(bids, asks)
    assert actions(run("orderbook_skew", [(START, skewed)], **changed)) == ([action] if action else [])


@pytest.mark.parametrize(("bid", "ask"), [(9.995, 10.005), (99.95, 100.05), (999.5, 1000.5)])
def test_the_widest_spread_is_still_trusted(bid, ask):
    """All are 0.1 % wide."""
    assert actions(run("orderbook_skew", [(START, book([(bid, 2.0)], [(ask, 1.0)]))])) == ["buy"]

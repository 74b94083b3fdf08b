"""Trade Momentum against an independent calculation, and as it is described."""

import math
from decimal import Decimal, localcontext
from itertools import pairwise
from random import Random
from statistics import pstdev

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from configuration.domain.catalogue import TradeMomentum
from strategies.domain import trade_momentum
from tests.strategies.scenes import START, actions, calm, climb, run, trade, trades

ZERO = Decimal(0)
TRADES = st.lists(
    st.tuples(
        st.floats(0.0, 30.0), st.floats(90.0, 110.0), st.floats(0.00005, 2.0), st.booleans()
    ),  # seconds since the one before, price, quantity, sold
    min_size=0,
    max_size=60,
)


def session(seed):
    """Far more trades than any window holds, at a price that wanders; a tenth of them too small to count."""
    rng, price, arrivals = Random(seed), 100.0, []
    lean = rng.uniform(0, 1)
    for _ in range(rng.randrange(150, 260)):
        price *= 1 + rng.gauss(0.0002 * (0.5 - lean), 0.001)
        size = 0.00005 if rng.random() < 0.1 else rng.uniform(1.0, 2.0)
        arrivals.append((rng.uniform(0, 30), price, size, rng.random() < lean))
    return arrivals


SESSIONS = st.builds(session, st.integers(0, 2**32))


@st.composite
def parameter_sets(draw):
    first, second = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
    return TradeMomentum(
        price_weight=first,
        quantity_weight=second - first,
        maker_weight=1 - second,
        buy_threshold=draw(st.floats(0.3, 1.0)),
        sell_threshold=draw(st.floats(-1.0, -0.3)),
        min_quantity=draw(st.floats(0.0001, 1.0)),
        base_confidence=draw(st.floats(0.5, 1.0)),
        time_decay_seconds=draw(st.integers(60, 600)),
        momentum_window=draw(st.integers(5, 50)),
    )


def slow_score(history, p, now):
    """The score from the whole list of (time, price, quantity, sold), nothing kept between calls."""
    counted = [row for row in history if row[2] >= p.min_quantity]
    window = counted[-p.momentum_window :]
    if len(window) < p.momentum_window:
        return None
    recent = [price for _, price, _, _ in counted[-200:]]
    changes = [b / a - 1 for a, b in pairwise(recent)]
    sigma = pstdev(changes) if changes else 0
    move = window[-1][1] / window[0][1] - 1
    price = math.tanh(move / (sigma * math.sqrt(p.momentum_window))) if sigma > 1e-12 else 0
    decay = [math.exp(-(now - at) / p.time_decay_seconds) for at, *_ in window]
    signs = [-1 if sold else 1 for *_, sold in window]
    sizes = [size for _, _, size, _ in window]
    quantity = sum(s * q * w for s, q, w in zip(signs, sizes, decay, strict=True)) / sum(
        q * w for q, w in zip(sizes, decay, strict=True)
    )
    maker = sum(s * w for s, w in zip(signs, decay, strict=True)) / sum(decay)
    return p.price_weight * price + p.quantity_weight * quantity + p.maker_weight * maker


@given(st.one_of(TRADES, SESSIONS), parameter_sets())
def test_every_score_equals_the_slow_one(arrivals, parameters):
    state, now, history = trade_momentum.State(), START, []
    for seconds, price, quantity, sold in arrivals:
        now += seconds
        history.append((now, price, quantity, sold))
        if quantity >= parameters.min_quantity:
            state.add(trade(price, quantity, sold=sold), now)
            found = trade_momentum.measure(state, parameters, now)
            expected = slow_score(history, parameters, now)
            assert (None if found is None else pytest.approx(found.score, abs=1e-8)) == expected


def exact_score(history, p, now):
    """The same in 24 digits, from the decimals that floats were read from.

    Times are those that were meant, to the microsecond.
    """
    with localcontext() as context:
        context.prec = 24
        counted = [row for row in history if decimal(row[2]) >= decimal(p.min_quantity)]
        window = counted[-p.momentum_window :]
        if len(window) < p.momentum_window:
            return None
        recent = [decimal(price) for _, price, _, _ in counted[-200:]]
        changes = [b / a - 1 for a, b in pairwise(recent)]
        mean = sum(changes, ZERO) / len(changes)
        sigma = (sum(((change - mean) ** 2 for change in changes), ZERO) / len(changes)).sqrt()
        move = decimal(window[-1][1]) / decimal(window[0][1]) - 1
        price = tanh(move / (sigma * Decimal(p.momentum_window).sqrt())) if sigma > Decimal("1e-12") else ZERO
        decay = [(-microseconds(now, at) / 10**6 / p.time_decay_seconds).exp() for at, *_ in window]
        signs = [-1 if sold else 1 for *_, sold in window]
        sizes = [decimal(size) for _, _, size, _ in window]
        quantity = sum((s * q * w for s, q, w in zip(signs, sizes, decay, strict=True)), ZERO) / sum(
            (q * w for q, w in zip(sizes, decay, strict=True)), ZERO
        )
        maker = sum((s * w for s, w in zip(signs, decay, strict=True)), ZERO) / sum(decay, ZERO)
        weights = map(decimal, (p.price_weight, p.quantity_weight, p.maker_weight))
        return sum((w * x for w, x in zip(weights, (price, quantity, maker), strict=True)), ZERO)


def decimal(number):
    """The decimal that a float was read from."""
    return Decimal(repr(number))


def microseconds(now, at):
    return Decimal(round(now * 1_000_000) - round(at * 1_000_000))


def tanh(x):
    grown, shrunk = x.exp(), (-x).exp()
    return (grown - shrunk) / (grown + shrunk)


@settings(max_examples=20)
@given(SESSIONS, parameter_sets())
def test_a_score_has_the_digits_that_a_threshold_is_held_against(arrivals, parameters):
    state, now, history = trade_momentum.State(), START, []
    for seconds, price, quantity, sold in arrivals:
        now += seconds
        if quantity >= parameters.min_quantity:
            history.append((now, price, quantity, sold))
            state.add(trade(price, quantity, sold=sold), now)
    found = trade_momentum.measure(state, parameters, now)
    expected = exact_score(history, parameters, now)
    assert (found is None) == (expected is None)
    if found and expected is not None:
        assert found.score == pytest.approx(float(expected), rel=1e-12, abs=1e-14)


@given(st.one_of(TRADES, SESSIONS), parameter_sets())
def test_signals_are_the_crossings_of_the_slow_score(arrivals, parameters):
    frames, expected, now, history, last = [], [], START, [], None
    for seconds, price, quantity, sold in arrivals:
        now += seconds
        frames.append((now, trade(price, quantity, sold=sold)))
        history.append((now, price, quantity, sold))
        if quantity < parameters.min_quantity:
            continue
        score = slow_score(history, parameters, now) or 0.0
        assume(abs(score - parameters.buy_threshold) > 1e-8)
        assume(abs(score - parameters.sell_threshold) > 1e-8)
        side = "buy" if score > parameters.buy_threshold else None
        side = "sell" if score < parameters.sell_threshold else side
        if side and side != last:
            threshold = abs(parameters.buy_threshold if side == "buy" else parameters.sell_threshold)
            share = (abs(score) - threshold) / (1 - threshold) if threshold < 1 else 1
            base = parameters.base_confidence
            expected.append((side, min(0.95, base + (0.95 - base) * max(0, min(1, share)))))
        last = side
    changed = {name: getattr(parameters, name) for name in parameters.__struct_fields__}
    found = run("trade_momentum", frames, **changed)
    assert [(d.action, pytest.approx(d.confidence)) for d in found] == expected


def test_buys_when_buyers_lift_the_price():
    decisions = run("trade_momentum", calm(40) + trades(climb(10), start=START + 40))
    assert actions(decisions) == ["buy"]
    assert decisions[0].indicators["score"] > 0.7


def test_sells_when_sellers_press_it_down():
    frames = calm(40) + trades(climb(10, step=-6.0), sold=True, start=START + 40)
    assert actions(run("trade_momentum", frames)) == ["sell"]


def test_signals_a_condition_once_and_again_after_it_has_been_false():
    frames = calm(40) + trades(climb(20), start=START + 40)
    frames += [(now + 60, frame) for now, frame in calm(40)] + trades(climb(10), start=START + 100)
    assert actions(run("trade_momentum", frames)) == ["buy", "buy"]


def test_decides_nothing_before_the_window_is_full():
    assert run("trade_momentum", trades(climb(9))) == []
    assert actions(run("trade_momentum", trades(climb(10)))) == ["buy"]


def test_trades_below_the_smallest_quantity_do_not_count():
    dust = [
        frame
        for second in range(10)
        for frame in trades([59000.0, 61000.0], sold=True, quantity=0.0001, start=START + second, every=0.1)
    ]
    frames = sorted(trades(climb(10)) + dust, key=lambda frame: frame[0])
    assert run("trade_momentum", frames) == run("trade_momentum", trades(climb(10)))


def test_a_price_that_never_moved_adds_nothing():
    state = trade_momentum.State()
    for now, frame in trades([100.0] * 10):
        state.add(frame, now)
    measured = trade_momentum.measure(state, TradeMomentum(), START + 10)
    assert measured
    assert measured.price == 0.0
    assert measured.maker == pytest.approx(1.0)


@pytest.mark.parametrize(("score", "action"), [(0.7, None), (0.7001, "buy"), (-0.7, None), (-0.7001, "sell")])
def test_a_threshold_itself_is_not_beyond_it(score, action):
    momentum = trade_momentum.Momentum(0.0, 0.0, 0.0, score)
    assert trade_momentum.choose(momentum, TradeMomentum()) == action


@pytest.mark.parametrize(
    ("weights", "threshold", "action"),
    [
        ((0.7, 0.1, 0.2), 0.3, None),  # in floats 0.1 + 0.2 is a little more
        ((0.4, 0.3, 0.3), 0.6, None),
        ((0.3, 0.1, 0.6), 0.69, "buy"),
    ],
)
@pytest.mark.parametrize("way", [1, -1])
def test_a_sum_of_weights_that_is_the_threshold_is_not_beyond_it(weights, threshold, action, way):
    """A price that stands still, and buyers (or sellers) alone: what counts are two of the weights."""
    names = ("price_weight", "quantity_weight", "maker_weight")
    changed = dict(zip(names, weights, strict=True)) | {
        "buy_threshold": threshold,
        "sell_threshold": -threshold,
    }
    found = run("trade_momentum", trades([100.0] * 10, sold=way < 0), **changed)
    expected = {None: [], "buy": ["buy" if way > 0 else "sell"]}[action]
    assert actions(found) == expected


def test_the_smallest_quantity_counts():
    for quantity, count in ((0.001, 1), (0.00099999, 0)):
        assert len(run("trade_momentum", trades(climb(10), quantity=quantity))) == count


def test_a_market_that_takes_over_begins_a_window_of_its_own():
    ours = trades(climb(9))
    theirs = [(now + 9, trade(frame.price + 600, market="kraken/spot")) for now, frame in trades(climb(10))]
    assert run("trade_momentum", [*ours, *theirs[:9]]) == []
    assert run("trade_momentum", [*ours, *theirs]) == run("trade_momentum", theirs)

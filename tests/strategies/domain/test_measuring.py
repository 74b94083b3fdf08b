"""What each evaluator measures, against rational arithmetic, and that it is what its parameters are held against."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from configuration.domain.strategy import DeclarationError
from strategies.domain.evaluators import EVALUATORS, Evaluator, evaluators_of
from strategies.domain.measuring import Comparison, Measuring
from tests.strategies.domain.test_orderbook_skew import books, parameter_sets
from tests.strategies.exact import exact
from tests.strategies.scenes import (
    START,
    Timed,
    accelerating,
    balanced,
    book,
    calm,
    climb,
    gap,
    touch,
    trade,
    trades,
)

MEASURED = {
    name: evaluator.measuring for name, evaluator in EVALUATORS.items() if evaluator.measuring is not None
}


def measured(strategy_id: str, frames: list[Timed], **changed: Any) -> dict[str, float]:
    """What is measured of the last frame, once it was evaluated."""
    evaluator = EVALUATORS[strategy_id]
    parameters, state = evaluator.parameters(**changed), evaluator.new_state()
    for now, frame in frames:
        evaluator.evaluate(state, frame, parameters, now)
    now, frame = frames[-1]
    assert evaluator.measuring
    return dict(evaluator.measuring.measure(state, frame, parameters, now))


SCENES: dict[str, list[Timed]] = {
    "orderbook_skew": [(START, balanced(1.6, 1.0))],
    "trade_momentum": calm() + trades(climb(10), start=START + 40),
    "ticker_velocity": accelerating(1.0),
    "cross_exchange_spread": gap(0.6),
}


def test_the_strategies_about_books_trades_and_tickers_measure():
    assert MEASURED.keys() == SCENES.keys()


@pytest.mark.parametrize("strategy_id", SCENES)
def test_everything_a_parameter_is_held_against_is_measured(strategy_id: str):
    compares = MEASURED[strategy_id].compares
    assert {each.quantity for each in compares.values()} == measured(strategy_id, SCENES[strategy_id]).keys()


@pytest.mark.parametrize("strategy_id", SCENES)
def test_what_decides_is_among_the_indicators_of_the_signal(strategy_id: str):
    frames = SCENES[strategy_id]
    found = measured(strategy_id, frames)
    evaluator = EVALUATORS[strategy_id]
    state, parameters = evaluator.new_state(), evaluator.parameters()
    decisions = [each for now, frame in frames for each in evaluator.evaluate(state, frame, parameters, now)]
    decides = {each.quantity for each in MEASURED[strategy_id].compares.values() if each.purpose == "decides"}
    assert decides <= decisions[-1].indicators.keys()
    assert decides <= found.keys()


def test_a_parameter_that_is_compared_must_exist():
    skew = EVALUATORS["orderbook_skew"]
    wrong = Measuring("books", lambda *_: {}, {"buy_treshold": Comparison("ratio", "above")})
    evaluator = Evaluator(
        skew.parameters, skew.reads, skew.new_state, skew.evaluate, skew.symbol_of, measuring=wrong
    )
    with pytest.raises(DeclarationError, match="OrderbookSkew has no parameter buy_treshold"):
        evaluators_of([evaluator])


@given(books(), parameter_sets())
def test_skew_measures_every_book_with_two_sides_trusted_or_not(update: Any, parameters: Any):
    found = MEASURED["orderbook_skew"].measure(None, update, parameters, START)
    bids, asks = (
        [(exact(p), exact(q)) for p, q in side][: parameters.top_levels]
        for side in (update.bids, update.asks)
    )
    if not (bids and asks):
        assert found == {}
        return
    bid, ask = (sum((q for _, q in side), Fraction(0)) for side in (bids, asks))
    middle = (bids[0][0] + asks[0][0]) / 2
    assert found == {
        "ratio": pytest.approx(float(bid / ask)),
        "spread_percent": pytest.approx(float(100 * (asks[0][0] - bids[0][0]) / middle)),
        "total_volume": pytest.approx(float(bid + ask)),
    }


def test_momentum_measures_the_size_of_every_trade_and_the_score_of_those_that_count():
    full = SCENES["trade_momentum"]
    small = (full[-1][0] + 1, trade(60000.0, 0.00001))
    assert measured("trade_momentum", [*full, small], min_quantity=0.001) == {"quantity": 0.00001}
    assert measured("trade_momentum", full[:3]) == {"quantity": 1.0}
    assert measured("trade_momentum", full).keys() == {"quantity", "score"}


def test_velocity_measures_nothing_before_half_its_window_and_the_size_of_a_fall_as_that_of_a_rise():
    assert measured("ticker_velocity", accelerating(1.0)[:3]) == {}
    up, down = (measured("ticker_velocity", accelerating(percent)) for percent in (1.0, -1.0))
    assert up["price_change"] == pytest.approx(down["price_change"]) == pytest.approx(1.0)
    assert up["value"] > 0 > down["value"]


@given(some.lists(some.tuples(some.floats(99, 101), some.floats(0.01, 1)), min_size=2, max_size=4))
def test_the_gap_is_the_widest_between_the_market_and_its_like(sides: list[tuple[float, float]]):
    venues = ["binance", "coinbase", "kraken", "bybit"][: len(sides)]
    frames = [
        (START, touch(bid, bid + spread, venue=venue))
        for venue, (bid, spread) in zip(venues, sides, strict=True)
    ]
    *others, own = [(exact(frame.bid), exact(frame.ask)) for _, frame in frames]
    gaps = [
        100 * (dear[0] - cheap[1]) / cheap[1]
        for other in others
        for cheap, dear in ((own, other), (other, own))
    ]
    found = measured("cross_exchange_spread", frames, exchanges=tuple(venues))
    assert found == {"gap_percent": pytest.approx(float(max(gaps)))}


def test_no_gap_is_measured_alone_of_another_form_or_against_what_is_old():
    here = (START, touch(100.0, 100.1))
    assert measured("cross_exchange_spread", [here]) == {}
    assert (
        measured("cross_exchange_spread", [here, (START, touch(101.0, 101.1, venue="coinbase", form="usdm"))])
        == {}
    )
    assert measured("cross_exchange_spread", [here, (START + 6, touch(101.0, 101.1, venue="coinbase"))]) == {}
    emptied = (START + 1, book([], [(101.0, 1.0)], market="coinbase/spot", update_id=2))
    assert (
        measured("cross_exchange_spread", [here, (START, touch(101.0, 101.1, venue="coinbase")), emptied])
        == {}
    )

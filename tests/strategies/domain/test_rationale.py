"""Sentences have few digits, and never another order than the one that decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.domain.comparison import is_above
from strategies.domain.rationale import brief, plain
from tests.strategies.scenes import (
    HOUR,
    START,
    accelerating,
    balanced,
    calm,
    climb,
    dominance,
    flows,
    gap,
    run,
    trades,
)


@pytest.mark.parametrize(
    ("number", "beside", "text"),
    [
        (1.6190476, 1.2, "1.619"),
        (1.20003, 1.2, "1.20003"),
        (1.2000312, 1.2, "1.20003"),
        (0.5, 0.5, "0.5"),
        (0.1 + 0.2, 0.3, "0.3"),
        (0.000_016_4, 0.1, "0.0000164"),
        (-0.0, 0.0, "0"),
        (123456789.0, 100.0, "123500000"),
    ],
)
def test_a_number_is_written_in_as_many_digits_as_it_takes(number, beside, text):
    assert brief(number, beside) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(60000.0, "60000"), (60000.5, "60000.5"), (1.2e-05, "0.000012"), (1e22, "1" + 22 * "0")],
)
def test_a_price_is_written_in_all_its_digits(number, text):
    assert plain(number) == text


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e-11, 1e-11))
def test_what_is_written_is_in_the_order_of_what_was_compared(number, other, share):
    for beside in (other, number * (1 + share)):
        text = float(brief(number, beside))
        assert is_above(text, beside) == is_above(number, beside)
        assert is_above(beside, text) == is_above(beside, number)


RISES = calm(40) + trades(climb(10), start=START + 40)
FALLS = calm(40) + trades(climb(10, step=-6.0), sold=True, start=START + 40)


@pytest.mark.parametrize(
    ("strategy", "frames", "sentence"),
    [
        (
            "orderbook_skew",
            [(START, balanced(1.62, 1.0))],
            "bid/ask quantity 1.62 over 5 levels is above 1.2, spread 0.001667 % is within 0.1 %",
        ),
        (
            "orderbook_skew",
            [(START, balanced(0.5, 1.0, levels=3))],
            "bid/ask quantity 0.5 over 5 levels is below 0.8, spread 0.001667 % is within 0.1 %",
        ),
        (
            "trade_momentum",
            RISES,
            "score 0.7619 of the last 10 trades is above 0.7: price 0.9998, quantity 0.6033, maker 0.6033",
        ),
        (
            "trade_momentum",
            FALLS,
            "score -0.762 of the last 10 trades is below -0.7: price -0.9999, quantity -0.6033, maker -0.6033",
        ),
        (
            "ticker_velocity",
            accelerating(1.0),
            "velocity 0.5 %/min and acceleration 0.4995 make 0.6249, above 0.5, after a move of 0.25 %; "
            "trade count grew by 12 and then by 38",
        ),
        (
            "ticker_velocity",
            accelerating(-1.0),
            "velocity -0.5 %/min and acceleration -0.5005 make -0.6251, below -0.5, after a move of -0.25 %; "
            "trade count grew by 12 and then by 38",
        ),
        (
            "btc_dominance",
            dominance([70.5, 71.0]),
            "dominance of 71 % is above 70 % and has risen from 70.5 %",
        ),
        (
            "btc_dominance",
            dominance([39.5, 39.0]),
            "dominance of 39 % is below 40 % and has fallen from 39.5 %",
        ),
        (
            "btc_dominance",
            dominance([50.0, 56.5], every=24 * HOUR),
            "dominance has moved by 6.5 points, from 50 % to 56.5 %, over 24 hours, which is more than 5",
        ),
        (
            "cross_exchange_spread",
            gap(0.6),
            "coinbase bids 60360, binance asks 60000: the gap of 60 bps is at least 50 bps, in 3 observations",
        ),
        (
            "onchain_metrics",
            flows([15.0] * 24, transfers=[(150.0, "outflow")]),
            "net flow off exchanges of 15 % over 24 periods is above 10 %, whales moved 3600 BTC off and 0 onto them",
        ),
        (
            "onchain_metrics",
            flows([-15.0] * 12, asset="ETH"),
            "net flow off exchanges of -15 % over 12 periods is below -10 %, whales moved 0 ETH off and 0 onto them",
        ),
    ],
)
def test_every_decision_states_why_in_one_sentence_with_the_numbers(strategy, frames, sentence):
    assert run(strategy, frames)[0].rationale == sentence

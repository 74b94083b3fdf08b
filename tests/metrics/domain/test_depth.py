"""The formulas of one book, against exact decimals."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.answers.book import book_answer
from metrics.domain.depth import interpret, measure
from metrics.domain.market import Expiry
from tests import oracle
from tests.books import WireLevels, books, floats, precise_books
from tests.factories import ASKS, BIDS, START, stored_book

EXAMPLE = {
    "imbalance": {"ratio": 0.3235, "percent": 32.35, "bid_volume": 4.5, "ask_volume": 2.3},
    "pressure": {
        "buy_pressure": 66.18, "sell_pressure": 33.82, "net_pressure": 32.35, "interpretation": "bullish",
    },
    "liquidity": {
        "total": 6.8, "bid_depth_5": 4.5, "ask_depth_5": 2.3, "bid_depth_10": 4.5, "ask_depth_10": 2.3,
        "bid_notional": 447.5, "ask_notional": 232.45,
    },
    "spread": {
        "best_bid": 100.0, "best_ask": 100.5, "spread_abs": 0.5, "spread_bps": 49.8753, "mid_price": 100.25,
        "microprice": 100.333333333,
    },
    "vwap": {"bid": 99.4444444444, "ask": 101.065217391, "spread": 1.62077294686},
    "order_book_quality": {"bid_levels": 3, "ask_levels": 3, "total_levels": 6},
    "strongest_levels": {"bid": {"price": 99.5, "volume": 2.0}, "ask": {"price": 101.0, "volume": 1.0}},
}  # fmt: skip
"""Printed in the REST contract."""


def answer(bids: list[tuple[float, float]], asks: list[tuple[float, float]], levels: int = 20) -> Any:
    return book_answer(stored_book(bids=bids, asks=asks), Expiry(), START, levels)


def test_contract_example__every_number():
    shown = answer(BIDS, ASKS)
    assert {name: shown[name] for name in EXAMPLE} == EXAMPLE
    assert (shown["state"], shown["levels_used"]) == ("live", 20)


@given(book=books(), levels=st.integers(1, 20))
def test_answer__any_book__equals_exact_decimals(book: tuple[WireLevels, WireLevels], levels: int):
    bids, asks = book
    wrong = oracle.differences(
        answer(floats(bids)[:levels], floats(asks)[:levels], levels),
        oracle.side(bids),
        oracle.side(asks),
        levels,
    )
    assert not wrong


@given(book=precise_books())
def test_answer__of_up_to_fifteen_digits__loses_none(book: tuple[WireLevels, WireLevels]):
    bids, asks = book
    shown = answer(floats(bids), floats(asks))
    assert not oracle.differences(shown, oracle.side(bids), oracle.side(asks))
    for weighted, (low, high) in (
        (shown["spread"]["microprice"], (bids[0][0], asks[0][0])),
        (shown["vwap"]["bid"], (bids[-1][0], bids[0][0])),
        (shown["vwap"]["ask"], (asks[0][0], asks[-1][0])),
    ):
        assert float(low) <= weighted <= float(high)


@given(book=books(), side=st.sampled_from(["bid", "ask"]))
def test_answer__one_side__unknown_is_null_not_zero(book: tuple[WireLevels, WireLevels], side: str):
    bids, asks = (book[0], []) if side == "bid" else ([], book[1])
    shown = answer(floats(bids), floats(asks))
    assert not oracle.differences(shown, oracle.side(bids), oracle.side(asks))
    assert shown["pressure"]["net_pressure"] is None
    assert shown["spread"]["mid_price"] is None


@given(book=books())
def test_pressures__make_a_hundred_and_their_difference_is_the_net(book: tuple[WireLevels, WireLevels]):
    metrics = measure(floats(book[0]), floats(book[1]), 20)
    buy, sell, net = metrics.buy_pressure, metrics.sell_pressure, metrics.net_pressure
    assert buy is not None
    assert sell is not None
    assert buy + sell == pytest.approx(100)
    assert buy - sell == pytest.approx(net)
    assert 0 <= buy <= 100


@given(book=books())
def test_microprice_and_mid__lie_within_the_touch(book: tuple[WireLevels, WireLevels]):
    metrics = measure(floats(book[0]), floats(book[1]), 20)
    bid, ask = float(book[0][0][0]), float(book[1][0][0])
    slack = 1e-12 * ask
    for price in (metrics.microprice, metrics.mid_price):
        assert price is not None
        assert bid - slack <= price <= ask + slack


@pytest.mark.parametrize("tick", ["0.01", "0.1"])
def test_spread__of_a_dear_coin__is_the_tick_itself(tick: str):
    ask = float(f"{100_000 + float(tick):.2f}")
    assert answer([(100_000.0, 1.0)], [(ask, 1.0)])["spread"]["spread_abs"] == float(tick)


@pytest.mark.parametrize(
    ("bid", "ask", "mid", "bps"),
    [
        (98765432101.0, 98765432103.0, 98765432102.0, 2.025e-7),
        (1634567890.0, 1634567999.0, 1634567944.5, 0.000666843),
        (61234.55, 61234.56, 61234.555, 0.00163306),
        (0.123456789012345, 0.123456789012346, 0.1234567890123455, 8.1e-11),
    ],
)
def test_spread__of_nearly_nothing__has_its_digits(bid: float, ask: float, mid: float, bps: float):
    spread = answer([(bid, 1.0)], [(ask, 1.0)])["spread"]
    assert (spread["best_bid"], spread["best_ask"]) == (bid, ask)
    assert (spread["mid_price"], spread["spread_bps"]) == (mid, bps)


def test_spread__of_a_coin_worth_a_thousandth_of_a_cent__is_visible():
    shown = answer([(0.00001234, 5.0)], [(0.00001235, 5.0)])
    assert shown["spread"]["spread_abs"] == 1e-08
    assert shown["spread"]["mid_price"] == 1.2345e-05


def test_strongest_level__first_of_equals():
    shown = answer([(100.0, 1.0), (99.0, 3.0), (98.0, 3.0)], ASKS)
    assert shown["strongest_levels"]["bid"] == {"price": 99.0, "volume": 3.0}


@pytest.mark.parametrize(
    ("net", "meaning"),
    [
        (20.0, "neutral"),
        (20.001, "bullish"),
        (-20.0, "neutral"),
        (-20.001, "bearish"),
        (0.0, "neutral"),
        (None, None),
    ],
)
def test_interpretation__beyond_twenty(net: float | None, meaning: str | None):
    assert interpret(net) == meaning

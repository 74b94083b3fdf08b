"""What of a market can be watched, and when it is known."""

import numpy as np
import pytest

from alerts.domain.watched import CATALOGUE
from alerts.domain.watched.markets import OF_BOOKS, Seen
from metrics.domain.analyzer import StoredBook
from metrics.domain.book import Ladder
from metrics.domain.liquidity.flow import Flow
from metrics.domain.liquidity.trades import TradeSpan
from metrics.domain.market import CROSSED, GAP, LIVE, ONE_SIDED, STALE, STATES, SUSPECT, TRENDS, WARMING
from metrics.models import MinuteRollup
from tests.factories import START, market_row

ROW = market_row(imbalance_ratio=-0.5, spread_bps_10s=2.0, cost_at_least_bps_10s=7.0, depth_usd_10s=90_000.0)
FIGURES = {
    "net_pressure": -50.0,
    "abs_net_pressure": 50.0,
    "spread_bps_10s": 2.0,
    "spread_bps": 10.0,
    "known_to_bps": 41.37039,
    "cost_at_least_bps_10s": 7.0,
    "depth_usd_10s": 90_000.0,
}


def read(name, state=LIVE, row=ROW, age=0.2, books=None):
    (value,) = CATALOGUE[name].read(Seen([row], np.array([state]), np.array([age]), books=books or {}))
    return None if np.isnan(value) else value


@pytest.mark.parametrize(("name", "value"), FIGURES.items())
def test_a_figure_is_known_while_the_book_is_live(name, value):
    assert read(name) == value
    assert [state for state in STATES if read(name, state) is not None] == [LIVE]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_that_the_row_has_not_is_not_known(name):
    unknown = ("imbalance_ratio", "spread_bps", "spread_bps_10s", "known_to_bps")
    blank = market_row(**dict.fromkeys((*unknown, "cost_at_least_bps_10s", "depth_usd_10s")))
    assert read(name, row=blank) is None


def test_the_age_is_known_in_every_state():
    assert {read("age_seconds", state, age=7.5) for state in STATES} == {7.5}


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("is_live", LIVE),
        ("is_stale", STALE),
        ("is_suspect", SUSPECT),
        ("is_gap", GAP),
        ("is_warming", WARMING),
        ("is_one_sided", ONE_SIDED),
        ("is_crossed", CROSSED),
    ],
)
def test_a_state_is_one_while_the_book_has_it(name, state):
    assert {each: read(name, each) for each in STATES} == {each: float(each == state) for each in STATES}


@pytest.mark.parametrize("name", ["is_bullish", "is_bearish"])
def test_the_trend_is_one_while_the_book_leans_that_way_and_known_while_it_is_live(name):
    for trend in TRENDS:
        row = market_row(trend=trend)
        assert read(name, row=row) == float(name == f"is_{trend}")
        assert [state for state in STATES if read(name, state, row) is not None] == [LIVE]


def test_order_flow_and_trades_are_read_of_the_book_while_it_is_live():
    flow = [Flow(1.0, 2.0, -3.0)] * 3
    trades = [TradeSpan(2, 300.0, 100.0, 100.0, None, None, None)] * 3
    book = StoredBook(ROW.symbol, ROW.market, START, None, 1, LIVE, Ladder([], []), flow=flow, trades=trades)
    found = {name: read(name, books={ROW.id: book}) for name in sorted(OF_BOOKS)}
    assert found == {
        "abs_ofi_10s": 3.0,
        "abs_trade_imbalance_60s": 50.0,
        "ofi_10s": -3.0,
        "trade_imbalance_60s": 50.0,
        "traded_usd_60s": 400.0,
    }
    assert {read(name, STALE, books={ROW.id: book}) for name in OF_BOOKS} == {None}
    assert {read(name) for name in OF_BOOKS} == {None}


@pytest.mark.parametrize(
    "watched", [each for each in CATALOGUE.values() if each.kept], ids=lambda each: each.name
)
def test_where_minutes_keep_what_is_watched_there_are_such_columns(watched):
    columns = {field.name for field in MinuteRollup._meta.get_fields()}
    assert {watched.kept.mean, watched.kept.least, watched.kept.most} <= columns

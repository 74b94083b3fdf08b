"""What is known of all markets at one moment."""

import numpy as np

from alerts.domain.scene import look, place_of
from metrics.domain.market import Expiry, MarketId
from tests.factories import START, market_row

ROWS = {
    "BTCUSDT": [market_row(), market_row(market="binance/usdm", spread_bps_10s=None)],
    "ETHUSDT": [market_row(symbol="ETHUSDT", received_at=START - 20, spread_bps_10s=1.0)],
}


def test_a_column_has_a_value_for_each_market_and_one_for_those_that_are_not_there():
    seen = look(ROWS, ["spread_bps_10s", "age_seconds"], Expiry(), START)
    assert [market.name for market in seen.entities.ids] == [
        "BTCUSDT@binance", "BTCUSDT@binance-usdm", "ETHUSDT@binance",
    ]  # fmt: skip
    np.testing.assert_array_equal(seen.column("spread_bps_10s"), [12.5, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(seen.column("age_seconds"), [0, 0, 20, np.nan])


def test_the_first_market_of_a_symbol_is_the_followed_one():
    followed = look(ROWS, [], Expiry(), START).entities.followed
    assert followed == [MarketId("BTCUSDT", "binance/spot"), MarketId("ETHUSDT", "binance/spot")]


def test_what_is_not_read_is_not_known():
    np.testing.assert_array_equal(look(ROWS, [], Expiry(), START).column("spread_bps_10s"), [np.nan] * 4)
    assert look(ROWS, ["something older"], Expiry(), START).columns == {}


def test_markets_stay_the_same_object_while_they_are_the_same():
    first = look(ROWS, [], Expiry(), START).entities
    assert look(ROWS, [], Expiry(), START + 1, first).entities is first
    fewer = {"BTCUSDT": ROWS["BTCUSDT"]}
    assert look(fewer, [], Expiry(), START, first).entities is not first
    other_followed = {**ROWS, "BTCUSDT": ROWS["BTCUSDT"][::-1]}
    assert look(other_followed, [], Expiry(), START, first).entities is not first


def test_a_market_goes_by_the_name_that_rules_have_for_it():
    assert place_of(MarketId("BTCUSDT", "binance/usdm")) == "binance-usdm"

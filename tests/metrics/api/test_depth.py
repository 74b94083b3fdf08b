"""GET /metrics/depth/{symbol}: the documented example, digit by digit, and what cannot be known."""

from urllib.parse import quote, unquote

import pytest

from metrics.api.examples import DEPTH_EXAMPLE
from symbols import fault_of
from tests.factories import ASKS, BIDS, START, spot_book, usdm_book
from tests.symbols import LISTED, LOOK_ALIKES

ADDRESS = "/api/v1/metrics/depth/BTCUSDT"
UNKNOWN_PRESSURE = {"buy_pressure": None, "sell_pressure": None, "net_pressure": None, "interpretation": None}

EXAMPLE = {
    "symbol": "BTCUSDT",
    "venue": "binance",
    "form": "spot",
    "timestamp": "2023-11-14T22:14:00.000Z",
    "event_time": None,
    "state": "live",
    "reason": None,
    "age_ms": 41,
    "halted": False,
    "levels_used": 20,
    "imbalance": {"ratio": 0.3235, "percent": 32.35, "bid_volume": 4.5, "ask_volume": 2.3},
    "pressure": {
        "buy_pressure": 66.18,
        "sell_pressure": 33.82,
        "net_pressure": 32.35,
        "interpretation": "bullish",
    },
    "liquidity": {
        "total": 6.8,
        "bid_depth_5": 4.5,
        "ask_depth_5": 2.3,
        "bid_depth_10": 4.5,
        "ask_depth_10": 2.3,
        "bid_notional": 447.5,
        "ask_notional": 232.45,
    },
    "spread": {
        "best_bid": 100.0,
        "best_ask": 100.5,
        "spread_abs": 0.5,
        "spread_bps": 49.8753,
        "mid_price": 100.25,
        "microprice": 100.333333333,
    },
    "vwap": {"bid": 99.4444444444, "ask": 101.065217391, "spread": 1.62077294686},
    "order_book_quality": {"bid_levels": 3, "ask_levels": 3, "total_levels": 6},
    "strongest_levels": {"bid": {"price": 99.5, "volume": 2.0}, "ask": {"price": 101.0, "volume": 1.0}},
}


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS + "/", ADDRESS.replace("BTCUSDT", "btcUsdt")])
def test_the_contracts_example_from_a_spot_book(client, reader, publish, clock, address):
    publish(spot_book())
    clock.advance(0.041)
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == EXAMPLE


def test_the_contracts_example_from_a_futures_book(client, reader, publish, clock):
    publish(usdm_book(event_time=START - 0.9))
    clock.advance(0.041)
    assert client.get(ADDRESS).json() == EXAMPLE | {"form": "usdm", "event_time": "2023-11-14T22:13:59.100Z"}


def test_the_documented_example_is_this_one():
    times = ("timestamp", "event_time")
    documented = {key: value for key, value in DEPTH_EXAMPLE.value.items() if key not in times}
    assert documented == {key: value for key, value in EXAMPLE.items() if key not in times}


def test_small_prices_keep_their_digits(client, reader, publish):
    publish(spot_book(bids=[(0.00001234, 1e6)], asks=[(0.00001235, 1e6)]))
    spread = client.get(ADDRESS).json()["spread"]
    assert spread["best_bid"] == 0.00001234
    assert spread["spread_abs"] == 1e-8
    assert spread["mid_price"] == 0.000012345


@pytest.mark.parametrize(("bids", "asks"), [(BIDS, []), ([], ASKS)])
def test_one_sided_book_knows_its_own_side_only(client, reader, publish, bids, asks):
    publish(spot_book(bids=bids, asks=asks))
    body = client.get(ADDRESS).json()
    here, there = ("bid", "ask") if bids else ("ask", "bid")
    assert body["state"] == "one_sided"
    assert body["imbalance"]["ratio"] is body["imbalance"]["percent"] is None
    assert body["imbalance"][f"{here}_volume"] == (4.5 if bids else 2.3)
    assert body["imbalance"][f"{there}_volume"] is None
    assert body["pressure"] == UNKNOWN_PRESSURE
    assert body["spread"] == {
        f"best_{here}": 100.0 if bids else 100.5,
        f"best_{there}": None,
        "spread_abs": None,
        "spread_bps": None,
        "mid_price": None,
        "microprice": None,
    }
    assert body["vwap"][there] is body["vwap"]["spread"] is None
    assert body["strongest_levels"][there] is None
    assert body["liquidity"]["total"] == (4.5 if bids else 2.3)
    assert body["liquidity"][f"{there}_notional"] is None
    assert body["order_book_quality"]["total_levels"] == 3


def test_crossed_book_keeps_the_last_good_numbers_and_says_so(client, reader, publish):
    publish(spot_book(), spot_book(bids=[(100.5, 9.0)], update_id=2))
    body = client.get(ADDRESS).json()
    assert (body["state"], body["reason"]) == ("crossed", "crossed")
    assert {**body, "state": "live", "reason": None, "age_ms": 41} == EXAMPLE


@pytest.mark.parametrize(("age", "state"), [(5.0, "live"), (5.01, "stale"), (60.0, "stale")])
def test_old_book_is_stale(client, reader, publish, clock, age, state):
    publish(spot_book())
    clock.advance(age)
    body = client.get(ADDRESS).json()
    assert (body["state"], body["age_ms"]) == (state, round(1000 * age))


def test_expired_book_is_unknown_even_if_nobody_removed_it(client, reader, publish, clock, feed, run):
    publish(spot_book())
    clock.advance(60.1)
    feed.analyzer.states.clear()  # the feed that would remove it died; another one is running
    run(feed.record_once)
    answer = client.get(ADDRESS)
    assert answer.status_code == 404
    assert answer.json()["error"] == "No metrics available for BTCUSDT"


@pytest.mark.parametrize(
    "symbol", ["XYZ", "xyz", "..", "%00", "%F0%9F%92%A9", "BTC%20USDT", "A" * 500, "%2e%2e"]
)
def test_unknown_symbol(client, reader, publish, symbol):
    publish(spot_book())
    answer = client.get(f"/api/v1/metrics/depth/{symbol}")
    assert answer.status_code == 404
    assert list(answer.json()) == ["error", "message"]
    assert answer.json()["error"].startswith("No metrics available for ")


@pytest.mark.parametrize("symbol", ["%C3%9F", "..", "A" * 500])
def test_what_is_no_symbol_is_told_the_rule(client, reader, publish, symbol):
    publish(spot_book("SS"))
    answer = client.get(f"/api/v1/metrics/depth/{symbol}")
    assert answer.status_code == 404
    assert answer.json()["message"] == f"A symbol is {fault_of(unquote(symbol))}."
    assert len(answer.content) < 300


@pytest.mark.parametrize("symbol", LOOK_ALIKES, ids=ascii)
def test_what_only_looks_like_a_symbol_is_told_its_stranger(client, reader, publish, symbol):
    publish(spot_book())
    answer = client.get(f"/api/v1/metrics/depth/{quote(symbol)}")
    assert answer.status_code == 404
    assert answer.json()["message"] == f"A symbol is {fault_of(symbol)}."


@pytest.mark.parametrize("symbol", LISTED)
def test_symbols_as_exchanges_list_them(client, reader, publish, symbol):
    publish(spot_book(symbol))
    answer = client.get(f"/api/v1/metrics/depth/{quote(symbol.lower())}")
    assert answer.status_code == 200
    assert answer.json()["symbol"] == symbol


def test_unknown_symbol_is_named_in_capitals(client, reader, publish):
    publish(spot_book())
    assert client.get("/api/v1/metrics/depth/xyz").json() == {
        "error": "No metrics available for XYZ",
        "message": "The symbol is not tracked, or its last update is too old to show.",
    }


def test_no_feed_ever(client, reader):
    answer = client.get(ADDRESS)
    assert answer.status_code == 503
    assert answer.json() == {
        "error": "No feed is running",
        "message": "Market data cannot be known until a feed process (consume_depth) runs again.",
        "last_message_age_ms": None,
    }


def test_no_feed_any_more(client, reader, publish, clock):
    publish(spot_book())
    clock.advance(61)
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.json()["last_message_age_ms"]) == (503, 61_000)

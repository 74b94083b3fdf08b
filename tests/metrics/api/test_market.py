"""GET /metrics/summary, /metrics/all, /metrics/sparklines and /feed: the market as a whole."""

from typing import Any

import msgspec
import pytest
import redis
from django.conf import settings

from metrics.domain.admission.news import NotLive
from metrics.store.keys import Keys
from metrics.store.reports import FeedReport
from tests.factories import START, feed_report, spot_book, trade, usdm_book

ALL = "/api/v1/metrics/all"
SUMMARY = "/api/v1/metrics/summary"


def quote(symbol: str, bid: float, ask: float, price: float = 100.0, update_id: int = 1) -> bytes:
    """One level a side, a spread of 1 % of the price."""
    return spot_book(symbol, [(price, bid)], [(1.01 * price, ask)], update_id)


@pytest.fixture
def market(publish, clock, reader):
    """Two bulls, a bear, one that cannot be known, one gone quiet."""
    publish(quote("OLDUSDT", 1, 1))
    clock.advance(6)
    publish(
        quote("AAAUSDT", 3, 1),  # +50
        quote("BBBUSDT", 1, 3, price=10.0),  # -50
        quote("CCCBTC", 2, 1, price=0.001),  # +33.33
        spot_book("DDDUSDT", [(1.0, 1.0)], []),
    )
    clock.advance(0.5)


# -- Summary ---------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [SUMMARY, SUMMARY + "/"])
def test_summary_of_live_books_only(client, market, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.json() == {
        "timestamp": "2023-11-14T22:14:06.500Z",
        "symbols_tracked": 5,
        "symbols_excluded": {"one_sided": 1, "stale": 1},
        "market_sentiment": {
            "bullish_symbols": 2,
            "bearish_symbols": 1,
            "neutral_symbols": 0,
            "avg_net_pressure": 11.11,
            "avg_imbalance_ratio": 0.111,
        },
        "liquidity": {
            "avg_spread_bps": 99.5025,
            "total_liquidity": 11.0,
            "total_notional": {"BTC": 0.00301, "USDT": 441.3},
            "total_notional_usd": 441.3,
            "not_in_usd": 1,
            "median_cost_bps": None,
            "worst_liquidity": [
                worst("AAAUSDT", None, 49.7512, 49.7512),
                worst("BBBUSDT", None, 49.7512, 49.7512),
            ],
        },
        "top_pressure_symbols": {
            "highest_buy_pressure": [
                {"symbol": "AAAUSDT", "venue": "binance", "form": "spot", "net_pressure": 50.0},
                {"symbol": "CCCBTC", "venue": "binance", "form": "spot", "net_pressure": 33.33},
            ],
            "highest_sell_pressure": [
                {"symbol": "BBBUSDT", "venue": "binance", "form": "spot", "net_pressure": -50.0}
            ],
        },
    }


def test_summary_ranks_at_most_five(client, reader, publish):
    publish(*(quote(f"S{number}USDT", 1 + number, 10) for number in range(20)))
    top = client.get(SUMMARY).json()["top_pressure_symbols"]
    assert [row["symbol"] for row in top["highest_buy_pressure"]] == [
        f"S{n}USDT" for n in (19, 18, 17, 16, 15)
    ]
    assert [row["symbol"] for row in top["highest_sell_pressure"]] == [f"S{n}USDT" for n in (0, 1, 2, 3, 4)]


def test_summary_of_stale_books_has_no_averages(client, reader, publish, clock):
    publish(quote("AAAUSDT", 3, 1))
    clock.advance(6)
    body = client.get(SUMMARY).json()
    assert body["symbols_excluded"] == {"stale": 1}
    assert body["market_sentiment"]["avg_net_pressure"] is None
    assert body["liquidity"] == {
        "avg_spread_bps": None,
        "total_liquidity": 0.0,
        "total_notional": {},
        "total_notional_usd": 0.0,
        "not_in_usd": 0,
        "median_cost_bps": None,
        "worst_liquidity": [],
    }


def test_summary_in_dollars_and_where_a_size_costs_most(client, reader, publish):
    """Ether for bitcoin is put into dollars as soon as a market tells what these are."""
    publish(quote("ETHBTC", 5e6, 5e6, price=0.1), spot_book("AAAUSDT", [(99.0, 5e3)], [(101.0, 5e3)]))
    liquidity = client.get(SUMMARY).json()["liquidity"]
    assert (liquidity["total_notional_usd"], liquidity["not_in_usd"]) == (1_000_000.0, 1)
    assert liquidity["median_cost_bps"] == 100.0
    publish(quote("BTCUSDT", 1, 1, price=50_000.0), quote("ETHBTC", 5e6, 5e6, price=0.1, update_id=2))
    liquidity = client.get(SUMMARY).json()["liquidity"]
    assert (liquidity["total_notional_usd"], liquidity["not_in_usd"]) == (50_502_350_500.0, 0)
    assert liquidity["median_cost_bps"] == 74.8756
    assert liquidity["worst_liquidity"] == [
        worst("AAAUSDT", 100.0, 100.0, 100.0),
        worst("BTCUSDT", None, 49.7512, 49.7512),
        worst("ETHBTC", 49.7512, 49.7512, 49.7512),
    ]


def worst(symbol: str, cost: float | None, at_least: float, known_to: float) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "venue": "binance",
        "form": "spot",
        "cost_bps_10s": cost,
        "cost_at_least_bps_10s": at_least,
        "known_to_bps": known_to,
    }


def test_summary_of_nothing(client, reader, publish):
    publish()
    answer = client.get(SUMMARY)
    assert (answer.status_code, answer.json()["error"]) == (404, "No data available")


def test_summary_without_a_feed(client, reader):
    answer = client.get(SUMMARY)
    assert (answer.status_code, answer.json()["last_message_age_ms"]) == (503, None)


# -- All -------------------------------------------------------------------------------------


def listed(client, **query) -> list[str]:
    answer = client.get(ALL, query)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["symbols_count"] == len(body["metrics"])
    return [symbol.removesuffix("USDT").removesuffix("BTC") for symbol in body["metrics"]]


@pytest.mark.parametrize("address", [ALL, ALL + "/"])
def test_all_rows_in_alphabetical_order(client, market, address):
    body = client.get(address).json()
    assert list(body["metrics"]) == ["AAAUSDT", "BBBUSDT", "CCCBTC", "DDDUSDT", "OLDUSDT"]
    assert body["metrics"]["AAAUSDT"] == {
        "timestamp": "2023-11-14T22:14:06.000Z",
        "state": "live",
        "reason": None,
        "age_ms": 500,
        "halted": False,
        "symbol": "AAAUSDT",
        "venue": "binance",
        "form": "spot",
        "net_pressure": 50.0,
        "imbalance_percent": 50.0,
        "spread_bps": 99.5025,
        "spread_bps_10s": 99.5025,
        "total_liquidity": 4.0,
        "known_to_bps": 49.7512,
        "cost_bps": None,
        "cost_bps_10s": None,
        "cost_at_least_bps_10s": 49.7512,
        "depth_usd": 0.0,
        "depth_usd_10s": 0.0,
        "usd_per_quote": 1.0,
        "mid_price": 100.5,
        "quote_asset": "USDT",
        "trend": "neutral",
    }
    assert body["metrics"]["DDDUSDT"]["net_pressure"] is body["metrics"]["DDDUSDT"]["mid_price"] is None
    assert body["symbols_count"] == 5
    assert body["pagination"] == {
        "total": 5,
        "limit": None,
        "offset": 0,
        "has_next": False,
        "has_previous": False,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"symbols": "bbbusdt, AAAUSDT,,NOSUCH"}, ["AAA", "BBB"]),
        ({"symbols": "NOSUCH"}, []),
        ({"min_pressure": 0}, ["AAA", "CCC", "OLD"]),
        ({"min_pressure": 33.33}, ["AAA", "CCC"]),
        ({"max_pressure": 0}, ["BBB", "OLD"]),
        ({"min_pressure": -100, "max_pressure": 100}, ["AAA", "BBB", "CCC", "OLD"]),
        ({"state": "stale"}, ["OLD"]),
        ({"state": "one_sided"}, ["DDD"]),
        ({"state": "crossed"}, []),
        ({"trend": "neutral"}, ["AAA", "BBB", "CCC", "DDD", "OLD"]),
        ({"trend": "bullish"}, []),
        ({"sort_order": "desc"}, ["OLD", "DDD", "CCC", "BBB", "AAA"]),
        ({"sort_by": "pressure"}, ["BBB", "OLD", "CCC", "AAA", "DDD"]),  # the unknown come last
        ({"sort_by": "pressure", "sort_order": "desc"}, ["AAA", "CCC", "OLD", "BBB", "DDD"]),
        ({"sort_by": "imbalance", "sort_order": "desc"}, ["AAA", "CCC", "OLD", "BBB", "DDD"]),
        ({"sort_by": "liquidity", "sort_order": "desc"}, ["AAA", "BBB", "CCC", "OLD", "DDD"]),
        ({"sort_by": "spread", "sort_order": "desc"}, ["AAA", "BBB", "CCC", "OLD", "DDD"]),
        ({"sort_by": "pressure", "sort_order": "desc", "state": "live", "limit": 2}, ["AAA", "CCC"]),
    ],
)
def test_filters_and_order(client, market, query, expected):
    assert listed(client, **query) == expected


@pytest.mark.parametrize(
    ("column", "rising", "falling"),
    [("cost", "ABC", "BAC"), ("depth", "BAC", "ABC"), ("known_to", "CAB", "BAC")],
)
def test_order_by_liquidity__what_is_not_known_last(client, reader, publish, column, rising, falling):
    publish(
        spot_book("AUSDT", [(100.0, 5000.0), (99.0, 1.0)], [(100.02, 5000.0), (101.0, 1.0)]),
        spot_book("BUSDT", [(100.0, 5000.0), (98.0, 1.0)], [(101.0, 5000.0), (103.0, 1.0)]),
        spot_book("CUSDT", [(100.0, 1.0)], [(100.01, 1.0)]),
    )
    assert listed(client, sort_by=column) == [*rising]
    assert listed(client, sort_by=column, sort_order="desc") == [*falling]


def test_pages(client, market):
    pages = [client.get(ALL, {"limit": 2, "offset": offset}).json() for offset in (0, 2, 4, 6)]
    assert [[symbol[:3] for symbol in page["metrics"]] for page in pages] == [
        ["AAA", "BBB"],
        ["CCC", "DDD"],
        ["OLD"],
        [],
    ]
    assert [page["symbols_count"] for page in pages] == [2, 2, 1, 0]
    assert [page["pagination"] for page in pages] == [
        {"total": 5, "limit": 2, "offset": offset, "has_next": offset < 4 - 1, "has_previous": offset > 0}
        for offset in (0, 2, 4, 6)
    ]


def test_no_rows_while_a_feed_runs(client, reader, publish):
    publish()
    body = client.get(ALL).json()
    assert (body["symbols_count"], body["metrics"], body["pagination"]["total"]) == (0, {}, 0)


def test_no_rows_and_no_feed(client, reader):
    assert client.get(ALL).status_code == 503


def test_expired_rows_are_gone_and_the_feed_with_them(client, market, clock):
    clock.advance(54.5)
    assert "OLD" not in listed(client)
    clock.advance(10)
    assert client.get(ALL).status_code == 503


# -- Sparklines ------------------------------------------------------------------------------


def test_sparklines_hold_the_newest_pressure_of_every_step(client, reader, publish, clock):
    publish(quote("AAAUSDT", 1, 1, update_id=1))
    clock.advance(58)
    publish(quote("AAAUSDT", 3, 1, update_id=2))
    clock.advance(1)
    publish(quote("AAAUSDT", 1, 3, update_id=3))
    body = client.get("/api/v1/metrics/sparklines").json()
    assert body["interval_seconds"] == 2
    assert body["symbols"] == {"AAAUSDT": [0.0] + [None] * 28 + [-50.0]}


def test_sparklines_of_nothing(client, reader, publish):
    publish()  # a feed runs, and has heard nothing yet
    assert client.get("/api/v1/metrics/sparklines/").json() == {"interval_seconds": 2, "symbols": {}}


def test_sparklines_without_a_feed_cannot_be_known(client, reader):
    answer = client.get("/api/v1/metrics/sparklines")
    assert (answer.status_code, answer.json()["error"]) == (503, "No feed is running")


# -- Feed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/api/v1/feed", "/api/v1/feed/"])
def test_feed_reports(client, reader, publish, clock, address):
    publish(
        usdm_book(event_time=START + 1),
        trade(),
        trade(),
        b"\xff",
        spot_book("ETHUSDT", [(2.0, 1)], [(1.0, 1)]),
    )
    clock.advance(2)
    body = client.get(address).json()
    assert body["timestamp"] == "2023-11-14T22:14:02.000Z"
    (report,) = body["feeds"]
    assert report.pop("publish_ms") >= 0
    assert report == {
        "instance": "test/0/1",
        "state": "running",
        "partition": "0/1",
        "subjects": ["binance.websocket.data"],
        "connected": False,
        "nats_away_since": None,
        "started_at": "2023-11-14T22:14:00.000Z",
        "quiet_notice": "",
        "restarts": 0,
        "reported_at": "2023-11-14T22:14:00.000Z",
        "last_message_at": "2023-11-14T22:14:00.000Z",
        "last_message_age_ms": 2000,
        "rate_per_second": 0.0,
        "lag_ms": -1000.0,
        "symbols": 1,
        "markets": 1,
        "messages": 5,
        "accepted": 1,
        "refused": {"not_json": 1, "crossed": 1},
        "ignored": {"trade": 2},
        "new_runs": 0,
        "evicted": 0,
        "slow_consumer_drops": 0,
        "errors": {},
        "withdrawals": 0,
        "not_live_count": 1,
        "wrong_clocks": [],
        "origins": [],
        "rollups_waiting": 0,
        "full_books_count": 0,
        "full_books_whole": 0,
        "full_books": [],
    }
    assert body["not_live"] == [
        {
            "symbol": "ETHUSDT",
            "venue": "binance",
            "form": "spot",
            "state": None,
            "reason": "crossed",
            "explanation": "best bid at or above best ask",
        }
    ]


def tell(store: redis.Redis, report: FeedReport) -> None:
    store.hset(Keys(settings.STORE_PREFIX).feeds, report.instance, msgspec.msgpack.encode(report))


def test_two_feeds_that_see_one_symbol_differently_are_both_told(client, reader, store):
    tell(store, feed_report(instance="a/0/1", not_live=[NotLive("BTCUSDT", "suspect", "mixed_ids")]))
    tell(store, feed_report(instance="b/0/1", not_live=[NotLive("BTCUSDT", None, "crossed")]))
    told = client.get("/api/v1/feed").json()["not_live"]
    assert {(each["symbol"], each["state"]) for each in told} == {("BTCUSDT", "suspect"), ("BTCUSDT", None)}


def test_a_reason_of_a_feed_of_a_later_version_is_told_by_its_name(client, reader, store):
    tell(store, feed_report(not_live=[NotLive("BTCUSDT", "suspect", "moon_phase")]))
    (told,) = client.get("/api/v1/feed").json()["not_live"]
    assert (told["reason"], told["explanation"]) == ("moon_phase", "moon phase")


def test_of_a_symbol_that_is_merely_silent_it_is_told_since_when(client, reader, store):
    tell(store, feed_report(not_live=[NotLive("BTCUSDT", "stale", "silent", START - 7)]))
    (told,) = client.get("/api/v1/feed").json()["not_live"]
    assert (told["reason"], told["explanation"]) == ("silent", "no message since 22:13:53 UTC")


def test_a_feed_says_that_what_it_shows_is_simulated(client, reader, publish, feed, run):
    publish(spot_book(origin="simulated"))
    run(feed.record_once)
    assert [each["origins"] for each in client.get("/api/v1/feed").json()["feeds"]] == [["simulated"]]


def test_silent_feed_stays_in_the_list(client, reader, publish, clock):
    publish(spot_book())
    clock.advance(11)
    (report,) = client.get("/api/v1/feed").json()["feeds"]
    assert (report["state"], report["last_message_age_ms"]) == ("silent", 11_000)


def test_no_feed_is_an_empty_list(client, reader):
    assert client.get("/api/v1/feed").json()["feeds"] == []

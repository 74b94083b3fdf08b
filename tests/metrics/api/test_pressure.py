"""GET /metrics/pressure/{symbol}: spans of time, thinned series, trends."""

from itertools import pairwise

import pytest

from tests.factories import spot_book

ADDRESS = "/api/v1/metrics/pressure/BTCUSDT"


def book(net_pressure: float, update_id: int, symbol: str = "BTCUSDT") -> bytes:
    """A book of this net pressure."""
    bid = 50 + net_pressure / 2
    return spot_book(symbol, bids=[(100.0, bid)], asks=[(101.0, 100 - bid)], update_id=update_id)


@pytest.fixture
def history(feed, clock, run):
    """Feed a series of (seconds to wait, net pressure), then carry everything to the store."""

    def history(series):
        for number, (seconds, pressure) in enumerate(series, start=1):
            clock.advance(seconds)
            feed.process(book(pressure, number))

        async def carry_out():
            await feed.publish_once()
            await feed.record_once()

        run(carry_out)

    return history


def test_summary_and_series(client, reader, history):
    history([(0, 10), (1, -30), (1, 60), (1, 20)])
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.json() == {
        "symbol": "BTCUSDT",
        "venue": "binance",
        "form": "spot",
        "timeframe": "5m",
        "summary": {
            "avg_pressure": 15.0,
            "max_pressure": 60.0,
            "min_pressure": -30.0,
            "trend": "neutral",
            "trend_strength": 0.5,
        },
        "data_points": 4,
        "total_data_points": 4,
        "returned_data_points": 4,
        "pressure_history": [
            {"timestamp": "2023-11-14T22:14:00.000Z", "pressure": 10.0},
            {"timestamp": "2023-11-14T22:14:01.000Z", "pressure": -30.0},
            {"timestamp": "2023-11-14T22:14:02.000Z", "pressure": 60.0},
            {"timestamp": "2023-11-14T22:14:03.000Z", "pressure": 20.0},
        ],
        "imbalance_history": [
            {"timestamp": "2023-11-14T22:14:00.000Z", "imbalance": 0.1},
            {"timestamp": "2023-11-14T22:14:01.000Z", "imbalance": -0.3},
            {"timestamp": "2023-11-14T22:14:02.000Z", "imbalance": 0.6},
            {"timestamp": "2023-11-14T22:14:03.000Z", "imbalance": 0.2},
        ],
    }


def test_the_newest_second_is_there_at_once(client, reader, feed, run, clock):
    """Whatever has been published is in the span: the first update 50 ms later, and each of the same second."""
    for number, pressure in enumerate([10, -30, 60, 20], start=1):
        feed.process(book(pressure, number))
        clock.advance(0.05)
        run(feed.publish_once)
        body = client.get(ADDRESS).json()
        assert client.get("/api/v1/metrics/depth/BTCUSDT").json()["pressure"]["net_pressure"] == pressure
        assert body["data_points"] == body["returned_data_points"] == number
        assert body["pressure_history"][-1]["pressure"] == pressure
        assert (
            body["summary"]["min_pressure"]
            <= body["summary"]["avg_pressure"]
            <= body["summary"]["max_pressure"]
        )
        assert client.get("/api/v1/metrics/sparklines").json()["symbols"]["BTCUSDT"][-1] == pressure
        clock.advance(0.2)


def test_timeframes_are_spans_of_time(client, reader, history):
    history([(1, 10)] * 1000)
    points = {
        timeframe: client.get(f"{ADDRESS}/", {"timeframe": timeframe}).json()["data_points"]
        for timeframe in ("1m", "5m", "15m")
    }
    assert points == {"1m": 60, "5m": 300, "15m": 900}


def test_burst_counts_every_update(client, reader, history):
    history([(0, 10)] * 100)
    assert client.get(ADDRESS, {"timeframe": "1m"}).json()["data_points"] == 100


@pytest.mark.parametrize(
    ("max_points", "returned"), [(None, 100), (1, 1), (2, 2), (7, 7), (250, 250), (1000, 301)]
)
def test_series_is_thinned_over_the_whole_span(client, reader, history, max_points, returned):
    history([(0, -50)] + [(0.5, number / 10) for number in range(300)])
    body = client.get(ADDRESS, {} if max_points is None else {"max_points": max_points}).json()
    pressures = [point["pressure"] for point in body["pressure_history"]]
    imbalances = [point["imbalance"] for point in body["imbalance_history"]]
    assert body["data_points"] == 301
    assert body["returned_data_points"] == len(pressures) == len(imbalances) == returned
    assert body["summary"]["min_pressure"] == -50.0  # of every point, shown or not
    assert pressures[-1] == 29.9
    assert pressures == sorted(pressures)
    if returned > 1:
        assert pressures[0] == -50.0
        steps = [late - early for early, late in pairwise(pressures[1:])]
        assert not steps or max(steps) - min(steps) <= 0.11  # evenly
    assert [round(100 * imbalance, 2) for imbalance in imbalances] == pressures


@pytest.mark.parametrize(
    ("newest", "trend", "strength"),
    [
        (60, "bullish", 1.0),
        (25, "bullish", 0.5),
        (-25, "bearish", 0.5),
        (20, "neutral", 0.0),
        (5, "neutral", 0.75),
    ],
)
def test_trend_is_that_of_the_newest_sixth(client, reader, history, newest, trend, strength):
    history([(1, -90)] * 50 + [(1, newest)] * 10)
    summary = client.get(ADDRESS, {"timeframe": "1m"}).json()["summary"]
    assert (summary["trend"], summary["trend_strength"]) == (trend, strength)


def test_known_symbol_without_a_history(client, reader, publish):
    publish(spot_book(asks=[]))  # a one-sided book has no pressure
    body = client.get(ADDRESS).json()
    assert body["summary"] == {
        "avg_pressure": None,
        "max_pressure": None,
        "min_pressure": None,
        "trend": "neutral",
        "trend_strength": 0.5,
    }
    assert (body["data_points"], body["returned_data_points"]) == (0, 0)
    assert body["pressure_history"] == body["imbalance_history"] == []


def test_stale_symbol_keeps_its_history(client, reader, history, clock):
    history([(1, 10)] * 20)
    clock.advance(30)
    body = client.get(ADDRESS, {"timeframe": "1m"}).json()
    assert body["data_points"] == 20
    assert (body["summary"]["trend"], body["summary"]["trend_strength"]) == ("neutral", 0.5)


def test_unknown_symbol_and_no_feed(client, reader, history, clock):
    history([(1, 10)])
    answer = client.get("/api/v1/metrics/pressure/xyz")
    assert (answer.status_code, answer.json()["error"]) == (404, "No pressure history available for XYZ")
    clock.advance(61)
    assert client.get(ADDRESS).status_code == 503

"""GET /metrics/prices/{symbol}: the mid price over a span of time, thinned out, and nothing where it was not live."""

import pytest

from tests.factories import spot_book

ADDRESS = "/api/v1/metrics/prices/BTCUSDT"
NOTHING = dict.fromkeys(("open", "high", "low", "close", "change_percent"))


@pytest.fixture
def history(feed, clock, run):
    """Feed a series of (seconds to wait, best bid, best ask), then carry everything to the store."""

    def history(series):
        for number, (seconds, bid, ask) in enumerate(series, start=1):
            clock.advance(seconds)
            feed.process(spot_book(bids=[(bid, 1.0)], asks=[(ask, 2.0)] if ask else [], update_id=number))

        async def carry_out():
            await feed.publish_once()
            await feed.record_once()

        run(carry_out)

    return history


def test_summary_and_series(client, reader, history):
    history([(0, 100.0, 100.5), (1, 101.0, 101.01), (10, 99.0, 99.5), (1, 100.0, 101.0)])
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.json() == {
        "symbol": "BTCUSDT",
        "venue": "binance",
        "form": "spot",
        "timeframe": "5m",
        "summary": {"open": 100.25, "high": 101.005, "low": 99.25, "close": 100.5, "change_percent": 0.2494},
        "data_points": 4,
        "returned_data_points": 4,
        "price_history": [
            {"timestamp": "2023-11-14T22:14:00.000Z", "mid_price": 100.25},
            {"timestamp": "2023-11-14T22:14:01.000Z", "mid_price": 101.005},
            {"timestamp": "2023-11-14T22:14:11.000Z", "mid_price": 99.25},
            {"timestamp": "2023-11-14T22:14:12.000Z", "mid_price": 100.5},
        ],
    }


def test_a_book_of_one_side_adds_no_point(client, reader, history):
    history([(0, 100.0, 100.5), (1, 101.0, None), (1, 100.0, 101.0)])
    assert [point["mid_price"] for point in client.get(ADDRESS).json()["price_history"]] == [100.25, 100.5]


def test_nothing_in_the_span__is_null(client, reader, history, clock):
    history([(0, 100.0, 100.5)])
    clock.advance(60)
    body = client.get(ADDRESS, {"timeframe": "1m"}).json()
    assert (body["data_points"], body["summary"], body["price_history"]) == (0, NOTHING, [])


def test_a_long_series_is_thinned_out_from_the_first_to_the_last(client, reader, history):
    history([(1, 100.0 + number / 100, 200.0) for number in range(50)])
    body = client.get(ADDRESS, {"max_points": 5}).json()
    assert (body["data_points"], body["returned_data_points"]) == (50, 5)
    mids = [point["mid_price"] for point in body["price_history"]]
    assert (mids[0], mids[-1]) == (body["summary"]["open"], body["summary"]["close"]) == (150.0, 150.245)


def test_of_a_symbol_that_is_not_tracked_nothing_is_told(client, reader, history):
    history([(0, 100.0, 100.5)])
    answer = client.get("/api/v1/metrics/prices/NOSUCH")
    assert answer.status_code == 404

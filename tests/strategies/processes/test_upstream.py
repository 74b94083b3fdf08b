"""A real producer's mistakes, replayed by a process of its own to the feed and the strategies as processes.

Both read the bus by themselves, on their own clocks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from metrics.store.keys import Keys
from tests import oracle
from tests.integration.markets import CASES, Book, case, needs_recordings, read_book
from tests.servers import until
from tests.strategies.house import PREFIX, House, strategies
from tests.strategies.processes.asking import reports

pytestmark = needs_recordings
DIFFS = {"spot_diffs_named_as_books": 397, "usdm_diffs_named_as_books": 767}
SPEED = "4"
"""Twenty recorded seconds in five."""


@contextmanager
def market(house: House) -> Iterator[None]:
    """A feed and a strategy process that have heard nothing yet."""
    keys = Keys(PREFIX)
    house.store.delete(keys.rows, keys.books, keys.feeds)
    with house.running("consume_depth"), strategies(house):
        until(lambda: any(feed["connected"] for feed in running_feeds(house)), "the feed", 40)
        yield


def running_feeds(house: House) -> list[dict[str, Any]]:
    return [feed for feed in house.ask("GET", "/feed")["feeds"] if feed["state"] == "running"]


def counts(house: House, name: str) -> list[dict[str, int]]:
    """What feed and strategies have counted."""
    return [running_feeds(house)[0][name], *(getattr(report, name) for report in reports(house))]


def replay(house: House, speed: str, *names: str) -> None:
    files = [str(CASES / f"{name}.ndjson.gz") for name in names]
    house.do("replay_market", *files, "--speed", speed)


def books_of_bitcoin() -> list[Book]:
    books = [
        read_book(at, frame) for at, frame in case("all_books_under_one_name") if b'"lastUpdateId"' in frame
    ]
    return [book for book in books if book.bids[0][0] > 10_000]


def signals(house: House) -> list[dict[str, Any]]:
    return list(house.ask("GET", "/signals")["signals"])


def test_diffs_named_as_books_and_then_all_books_under_one_name(house: House):
    with market(house):
        known = {signal["id"] for signal in signals(house)}
        replay(house, "max", *DIFFS)
        diffs = {"diff_depth": sum(DIFFS.values())}
        until(lambda: counts(house, "ignored") == [diffs, diffs], "all diffs counted")
        assert counts(house, "refused") == [{}, {}]
        assert house.ask("GET", "/metrics/all")["metrics"] == {}
        assert {signal["id"] for signal in signals(house)} == known

        replay(house, SPEED, "all_books_under_one_name")
        refused = {"price_mismatch": 198}
        until(lambda: counts(house, "refused") == [refused, refused], "all books of Ether counted", 4)
        answer = house.ask("GET", "/metrics/depth/BTCUSDT")
        last = books_of_bitcoin()[-1]
        assert (answer["state"], oracle.differences(answer, last.bids, last.asks)) == ("live", [])
        assert "error" in house.ask("GET", "/metrics/depth/ETHUSDT")
        prices = {"BTCUSDT": 61_800, "ETHUSDT": 2_680}
        decided = [signal for signal in signals(house) if signal["id"] not in known]
        assert {signal["strategy_id"] for signal in decided} >= {"orderbook_skew", "trade_momentum"}
        for signal in decided:
            assert signal["price"] == pytest.approx(prices[signal["symbol"]], rel=0.1)


def test_all_books_under_one_name_without_trades(house: House):
    with market(house):
        replay(house, SPEED, "all_books_under_one_name_without_trades")
        row = house.ask("GET", "/metrics/all")["metrics"]["BTCUSDT"]
        assert (row["state"], row["reason"], row["mid_price"]) == ("suspect", "mixed_ids", None)
        (report,) = reports(house)
        assert report.withdrawals == 1
        assert ("BTCUSDT", "suspect", "mixed_ids") in [each[:3] for each in report.not_live]

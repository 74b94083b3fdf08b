"""When a rule would have fired, by the minutes of the last day."""

from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.trying import BARS, NO_STORE, NOT_KEPT, tried
from metrics.models import MinuteRollup
from tests.alerts.factories import rule
from tests.alerts.watching.watchers import Market
from tests.conftest import forget_readers
from tests.factories import market_row

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOW = datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)
END = NOW.replace(second=0)


@pytest.fixture(autouse=True)
def market(store: redis.Redis) -> Market:
    """BTC and ETH are followed at Binance."""
    market = Market(store, time)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        market.shows(market_row(symbol=symbol))
    return market


def keep(values: list[float], symbol: str = "BTCUSDT", market: str = "binance/spot", ago: int = 60) -> None:
    """Minutes from so many minutes ago on: the mean spread is this wide, the widest twice as wide."""
    MinuteRollup.objects.bulk_create(
        MinuteRollup(
            symbol=symbol,
            market=market,
            minute=END - timedelta(minutes=ago - number),
            updates=240,
            seconds_not_live=0.0,
            spread_bps_mean=value,
            spread_bps_min=value / 2,
            spread_bps_max=2 * value,
        )
        for number, value in enumerate(values)
    )


def test_it_would_have_fired_where_the_means_were_beyond_for_long_enough():
    keep([1.0, 20.0, 20.0, 1.0, 20.0, 6.0])
    keep([4.0] * 3, symbol="ETHUSDT")
    found = tried(rule(for_seconds=30.0), NOW)
    at = END - timedelta(minutes=60)
    assert (found.start, found.end) == (END - timedelta(days=1), END)
    assert found.listed == [
        ("BTCUSDT", "binance", at + timedelta(minutes=4, seconds=30), at + timedelta(minutes=5)),
        ("BTCUSDT", "binance", at + timedelta(minutes=1, seconds=30), at + timedelta(minutes=3)),
    ]
    assert found.by_symbol == [("BTCUSDT", 2)]
    assert (found.minutes_beyond, found.touched, found.judged) == (4, 1, 1)


def test_bars_count_what_would_have_fired_at_any_moment_of_a_quarter_of_an_hour():
    keep([20.0] * 20, ago=20)
    found = tried(rule(for_seconds=0.0), NOW)
    assert found.bars == [0] * (BARS - 2) + [1, 1]


def test_only_what_the_rule_is_about_is_looked_at():
    keep([20.0] * 3)
    keep([20.0] * 3, symbol="SOLUSDT")
    keep([20.0] * 3, market="okx/spot")
    keep([20.0] * 3, ago=1_500)
    every: dict[str, Any] = {"for_seconds": 0.0, "symbols": []}
    assert tried(rule(**every), NOW).by_symbol == [("BTCUSDT", 1)]
    assert [each[1] for each in tried(rule(**every, market="okx"), NOW).listed] == ["okx"]
    assert tried(rule(for_seconds=0.0, symbols=["ETH*"]), NOW).touched == 0


def test_below_is_judged_by_the_other_side():
    keep([20.0, 3.0, 20.0])
    found = tried(rule(comparison="below", threshold=5.0, clear_at=None, for_seconds=0.0), NOW)
    assert (found.minutes_beyond, len(found.stretches)) == (1, 1)


@pytest.mark.parametrize("watch", ["age_seconds", "is_stale", "abs_net_pressure"])
def test_of_what_minutes_do_not_keep_nobody_says_anything(watch: str):
    found = tried(rule(watch=watch), NOW)
    assert (found.why_not, found.stretches) == (NOT_KEPT, ())


def test_without_redis_nobody_knows_which_markets_are_followed(monkeypatch: Any, nobody_reads: None):
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    keep([20.0] * 3)
    assert tried(rule(), NOW).why_not == NO_STORE
    assert tried(rule(market="binance", for_seconds=0.0), NOW).by_symbol == [("BTCUSDT", 1)]


def test_two_questions_are_asked_however_many_markets_there_are():
    for number in range(120):
        keep([20.0] * (1 + number % 3), symbol=f"COIN{number}USDT", market="okx/spot")
    with CaptureQueriesContext(connection) as asked:
        found = tried(rule(symbols=[], market="okx", for_seconds=0.0), NOW)
    assert len(asked) == 2
    assert (found.touched, found.judged, len(found.stretches)) == (120, 100, 100)
    assert len(found.listed) == 50


@pytest.fixture
def nobody_reads() -> Any:
    """The reader connects anew, as the settings have it then, and afterwards again."""
    forget_readers()
    yield
    forget_readers()

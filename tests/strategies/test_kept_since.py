"""From when on no signal is missing, and when each strategy last signalled."""

import msgspec
import pytest
import redis
from django.conf import settings
from django.test import Client

from configuration.domain.catalogue import CATALOGUE
from strategies.keys import KEPT_SIGNALS, StrategyKeys
from strategies.reader import StrategiesReader
from tests.strategies.domain.test_signal import made

KEYS = StrategyKeys(settings.STORE_PREFIX)


@pytest.fixture
def reader(store: redis.Redis) -> StrategiesReader:
    return StrategiesReader(store, KEYS)


def keep(store: redis.Redis, strategy_id: str, *seconds: int) -> None:
    """Signals at 08:MM:SS, the last one the newest."""
    signals = [
        msgspec.structs.replace(
            made(), strategy_id=strategy_id, timestamp=f"2026-01-01T08:{at // 60:02}:{at % 60:02}.000Z"
        )
        for at in seconds
    ]
    store.lpush(KEYS.signals(strategy_id), *map(msgspec.json.encode, signals))


def kept_since(reader: StrategiesReader, strategy_id: str | None = None) -> str | None:
    return reader.signals_and_kept_since(strategy_id=strategy_id, limit=1)[1]


def test_nothing_is_missing_while_no_list_is_full(reader: StrategiesReader, store: redis.Redis):
    keep(store, "orderbook_skew", *range(KEPT_SIGNALS - 1))
    assert kept_since(reader) is None


def test_the_full_list_that_reaches_back_least_decides(reader: StrategiesReader, store: redis.Redis):
    keep(store, "orderbook_skew", *range(50, 50 + KEPT_SIGNALS))
    keep(store, "trade_momentum", *range(KEPT_SIGNALS))
    keep(store, "ticker_velocity", 2000)
    assert kept_since(reader) == "2026-01-01T08:00:50.000Z"
    assert kept_since(reader, "trade_momentum") == "2026-01-01T08:00:00.000Z"
    assert kept_since(reader, "ticker_velocity") is None


def test_the_newest_of_each_strategy(reader: StrategiesReader, store: redis.Redis):
    keep(store, "ticker_velocity", 1, 2, 3)
    assert list(reader.newest_of_each()) == list(CATALOGUE)
    assert reader.newest_of_each()["ticker_velocity"] == "2026-01-01T08:00:03.000Z"
    assert reader.newest_of_each()["orderbook_skew"] is None


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.usefixtures("nobody_remembered")
def test_the_api_reports_it_once_something_was_dropped(client: Client, store: redis.Redis):
    keep(store, "trade_momentum", 7)
    assert "kept_since" not in client.get("/api/v1/signals").json()
    keep(store, "orderbook_skew", *range(KEPT_SIGNALS))
    assert client.get("/api/v1/signals?limit=1").json()["kept_since"] == "2026-01-01T08:00:00.000Z"
    assert "kept_since" not in client.get("/api/v1/signals?strategy=trade_momentum").json()

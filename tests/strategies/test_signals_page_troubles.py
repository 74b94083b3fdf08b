"""The page of signals says why nothing new appears."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import msgspec
import pytest
import redis
from django.conf import settings
from django.test import Client

from strategies import views
from strategies.keys import StrategyKeys
from strategies.reader import StrategiesReader
from strategies.receipts import Lags, ProcessReport
from tests.strategies.scenes import START

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOW = START + 60


def report(**changed: Any) -> ProcessReport:
    values: dict[str, Any] = {
        "partition": "0/1", "strategies": ["orderbook_skew"], "started_at": START, "reported_at": NOW,
        "connected": True, "configuration": "database", "database_answers": True, "receipts": [], "halts": [],
        "lags": Lags.none(), "last_message_at": NOW, "messages": 0, "rate_per_second": 0.0, "refused": {},
        "ignored": {}, "signals": {}, "suppressed": {}, "failures": {}, "errors": {}, "slow_consumer_drops": 0,
        "signals_waiting": 0, "signals_dropped": 0, "states_evicted": 0,
    }  # fmt: skip
    return ProcessReport(**values | changed)


def text(page: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


@pytest.fixture
def processes(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Processes as they report themselves now: `processes({"nats_away_since": …}, {})`."""
    keys = StrategyKeys(settings.STORE_PREFIX)
    reader = StrategiesReader(store, keys, lambda: NOW)
    monkeypatch.setattr(views, "get_reader", lambda: reader)

    def processes(*changes: dict[str, Any]) -> None:
        for number, changed in enumerate(changes):
            reported = report(instance=f"host:{number}", **changed)
            store.hset(keys.processes, reported.instance, msgspec.msgpack.encode(reported))

    return processes


def test_without_nats(client: Client, processes):
    processes({"nats_away_since": NOW - 30})
    answer = client.get("/signals/")
    assert "The strategies have had no connection to NATS since 08:00:30 UTC: no market" in text(
        answer.content
    )
    assert 'data-trouble="No NATS since 08:00:30 UTC"' in answer.content.decode()


def test_one_of_two_without_nats(client: Client, processes):
    processes({"nats_away_since": NOW - 30}, {})
    answer = client.get("/signals/")
    assert "1 of 2 strategy processes has had no connection to NATS since 08:00:30 UTC" in text(
        answer.content
    )
    assert 'data-trouble=""' in answer.content.decode()


def test_without_a_market(client: Client, processes):
    processes({"last_message_at": NOW - 11}, {"last_message_at": NOW - 12})
    answer = client.get("/signals/")
    assert "No market data has reached the strategies since 08:00:49 UTC" in text(answer.content)
    assert 'data-trouble="No market since 08:00:49 UTC"' in answer.content.decode()


def test_one_that_died_and_was_started_again(client: Client, processes):
    processes({"restarts": 1}, {})
    sentence = (
        "A strategy process died and was restarted 1 time, last at 08:00:00 UTC: signals of the meantime"
    )
    assert sentence in text(client.get("/signals/").content)


def test_all_well(client: Client, processes):
    processes({}, {"last_message_at": NOW - 30})
    answer = client.get("/signals/")
    assert "standing-line" not in answer.content.decode()
    assert 'data-trouble=""' in answer.content.decode()

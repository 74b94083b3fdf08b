"""REST /feed: what strategy processes refuse and ignore, beside what the feeds do."""

import msgspec
import pytest
import redis
from django.conf import settings
from django.test import Client

from metrics.domain.admission.news import NotLive
from strategies.keys import StrategyKeys
from strategies.reader import get_reader as get_strategies_reader
from tests.factories import START, Clock
from tests.strategies.reports import report

KEYS = StrategyKeys(settings.STORE_PREFIX)


@pytest.fixture(autouse=True)
def _reading(reader, store: redis.Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_strategies_reader(), "clock", clock)


def reported(store: redis.Redis, **changed) -> dict:
    seen = report(**changed)
    store.hset(KEYS.processes, seen.instance, msgspec.msgpack.encode(seen))
    (process,) = Client().get("/api/v1/feed").json()["strategies"]
    return process


def test_refusals_and_what_is_ignored_by_reason_and_kind(store):
    process = reported(store, messages=9, refused={"late": 3, "price_mismatch": 2}, ignored={"diff_depth": 4})
    assert (process["instance"], process["state"], process["messages"]) == ("host:1/0/1", "running", 9)
    assert process["refused"] == {"late": 3, "price_mismatch": 2}
    assert process["ignored"] == {"diff_depth": 4}


def test_symbols_that_are_not_live_with_the_reason_in_words(store):
    suspect = NotLive("BTCUSDT", "suspect", "mixed_ids", market="okx/spot")
    process = reported(store, not_live=[suspect], not_live_count=1)
    assert process["not_live"] == [
        {
            "symbol": "BTCUSDT",
            "venue": "okx",
            "form": "spot",
            "state": "suspect",
            "reason": "mixed_ids",
            "explanation": "books of two coins come under its name",
        }
    ]
    assert process["not_live_count"] == 1


def test_a_venue_whose_clock_is_wrong(store):
    process = reported(store, wrong_clocks={"okx": -3600.04, "binance": 41.96})
    assert process["wrong_clocks"] == [
        {"venue": "binance", "late_seconds": 42.0},
        {"venue": "okx", "late_seconds": -3600.0},
    ]


def test_a_process_that_is_not_heard_is_silent(store, clock):
    clock.advance(3.5)
    assert reported(store)["state"] == "silent"
    assert clock() == START + 3.5


def test_how_often_it_died_and_was_started_again_and_since_when_it_runs(store):
    process = reported(store, restarts=2)
    assert (process["restarts"], process["started_at"]) == (2, "2023-11-14T22:14:00.000Z")

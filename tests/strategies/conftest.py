"""A runner, and what the store has of it."""

from pathlib import Path

import pytest
import redis
from django.conf import settings
from redis.asyncio import Redis

from strategies.measured_reader import MeasuredReader, get_measured_reader
from strategies.reader import StrategiesReader
from strategies.runner import StrategyRunner
from tests.factories import Clock
from tests.strategies.runners import KEYS, make_runner


@pytest.fixture
def runner(clock: Clock, tmp_path: Path, store: redis.Redis) -> StrategyRunner:
    return make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL))


@pytest.fixture
def stored(clock: Clock, store: redis.Redis) -> StrategiesReader:
    return StrategiesReader(store, KEYS, clock)


@pytest.fixture
def measured(store: redis.Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> MeasuredReader:
    monkeypatch.setattr(get_measured_reader(), "clock", clock)
    return MeasuredReader(store, KEYS, clock)

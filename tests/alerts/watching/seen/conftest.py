"""A store in which processes report."""

import pytest
import redis

from metrics.store.reader import StoreReader
from tests.alerts.watching.seen.looks import Store
from tests.factories import Clock


@pytest.fixture
def reported(store: redis.Redis, reader: StoreReader, clock: Clock) -> Store:
    return Store(store, reader, clock)

"""A market in the store."""

import pytest
import redis

from tests.alerts.watching.watchers import Market
from tests.factories import Clock


@pytest.fixture
def market(store: redis.Redis, clock: Clock) -> Market:
    return Market(store, clock)

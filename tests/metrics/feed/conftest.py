"""What a feed process runs between: a NATS of its own, the store, a database file."""

from collections.abc import Iterator

import pytest
import redis

from metrics.domain.market import Expiry
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from tests.metrics.feed.process import PREFIX
from tests.servers import Server, manage, nats, nats_url, running


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('consume') / 'db.sqlite3'}"
    with manage("migrate", "-v0", DATABASE_URL=url) as process:
        assert process.wait(60) == 0
    return url


@pytest.fixture
def server() -> Iterator[Server]:
    with running(nats()) as server:
        yield server


@pytest.fixture
def now_reader(store: redis.Redis) -> StoreReader:
    """Reads what the process writes, on the real clock as the process does."""
    return StoreReader(store, Keys(PREFIX), Expiry())


@pytest.fixture
def environment(server: Server, database: str) -> dict[str, str]:
    return {
        "NATS_URL": nats_url(server.port),
        "STORE_PREFIX": PREFIX,
        "DATABASE_URL": database,
        "PUSH_INTERVAL_MS": "50",
    }

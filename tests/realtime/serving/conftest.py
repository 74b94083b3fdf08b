"""One web process for all tests here, and a market to publish."""

import time

import pytest

from realtime.stack.servers import LOCALHOST
from tests.factories import spot_book
from tests.servers import running, web


@pytest.fixture(scope="package")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("web") / "web.log"


@pytest.fixture(scope="package")
def server(log):
    with running(web(log, environment={"WEBSOCKET_ALLOWED_ORIGINS": "https://wall.example.com"})) as server:
        yield server


@pytest.fixture
def page(server) -> str:
    return f"{LOCALHOST}:{server.port}"


@pytest.fixture
def quote(publish, clock):
    """Publish books, now."""
    update_id = 0

    def quote(*symbols: str) -> None:
        nonlocal update_id
        update_id += 1
        clock.now = time.time()
        publish(*(spot_book(symbol, update_id=update_id) for symbol in symbols))

    return quote

"""A NATS of a test's own that keeps a journal, and what is published there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Server, nats, nats_url, running


@pytest.fixture
def nats_server(tmp_path: Path, settings: Any) -> Iterator[Server]:
    """With JetStream, which writes below `nats` in the directory of the test."""
    with running(nats(tmp_path / "nats")) as server:
        settings.NATS_URL = nats_url(server.port)
        settings.NATS_CONSUMER_TOPIC = ["market.*.depth.*", "market.*.diff.*"]
        settings.NATS_STRATEGIES_TOPIC = ["market.*.*.*"]
        yield server

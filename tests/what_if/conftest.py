"""A NATS with JetStream for the jobs of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server, nats, running


@pytest.fixture(scope="module")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Where no journal is kept yet."""
    directory: Path = tmp_path_factory.mktemp("nats")
    with running(nats(directory)) as server:
        yield server

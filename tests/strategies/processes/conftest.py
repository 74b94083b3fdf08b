"""One house for all tests here; each starts the strategy processes it wants in it."""

import os
from collections.abc import Iterator

import pytest

from tests.strategies import house as houses
from tests.strategies.house import House


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with houses.standing(directory, os.environ["DATABASE_URL"]) as house:
        yield house
        print((directory / "log").read_text()[-6000:])  # pytest shows it where a test failed

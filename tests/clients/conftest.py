"""The document on disk, and a running product for the clients that are made of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from django.test import Client

from realtime.stack.servers import LOCALHOST
from tests.servers import until
from tests.strategies.house import House, standing, strategies


class Desk(NamedTuple):
    """A running product: its address, a token that may do everything, and a symbol that is live."""

    url: str
    token: str
    symbol: str


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The OpenAPI document as it is served."""
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(Client().get("/api/schema", {"format": "json"}).content)
    return path


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A market that is traded by all strategies."""
    with (
        standing(tmp_path_factory.mktemp("desk")) as house,
        house.running("consume_depth"),
        strategies(house),
        house.running("simulate_market", "--symbols", "30", "--rate", "5", "--seed", "7"),
    ):
        until(lambda: house.ask("GET", "/signals?state=sent&limit=1").get("signals"), "a signal", 40)
        until(lambda: live_symbols(house), "a live book", 40)
        yield Desk(f"http://{LOCALHOST}:{house.port}", house.token, live_symbols(house)[0])


def live_symbols(house: House) -> list[str]:
    return list(house.ask("GET", "/metrics/all?state=live&limit=5").get("metrics", ()))

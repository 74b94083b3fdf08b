"""One house for all tests here: a market, feed, web and strategies, each in a process of its own."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from realtime.stack.servers import LOCALHOST
from realtime_strategies_client import Client
from tests.servers import until
from tests.strategies import house as houses
from tests.strategies.house import House, strategies

MARKET = ("simulate_market", "--symbols", "3", "--rate", "5", "--seed", "1")


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("client")
    with (
        houses.standing(directory) as house,
        house.running("consume_depth"),
        house.running(*MARKET),
        strategies(house),
    ):
        shown = f"{address_of(house)}/api/v1/metrics/depth/BTCUSDT"
        until(lambda: httpx.get(shown).status_code == 200, "the market is shown", 40)
        yield house


KEEP_MINUTES = """
from datetime import timedelta
from django.utils import timezone
from metrics.models import MinuteRollup
now = timezone.now().replace(second=0, microsecond=0)
numbers = {f.name: -1.5 for f in MinuteRollup._meta.fields if f.get_internal_type() == "FloatField"}
MinuteRollup.objects.bulk_create(
    MinuteRollup(symbol="BTCUSDT", minute=now - timedelta(minutes=each), updates=7, **numbers)
    for each in range(10, 40)
)
"""


@pytest.fixture(scope="package")
def minutes(house: House) -> None:
    """Half an hour of BTCUSDT that is over."""
    house.do("shell", "--verbosity", "0", "-c", KEEP_MINUTES)


def import_levels(house: House, **top_levels: int) -> str:
    """Set symbols of the skew strategy at one stroke; the batch that makes."""
    symbols = {symbol: {"top_levels": levels} for symbol, levels in top_levels.items()}
    document = house.directory / "levels.yaml"
    document.write_text(json.dumps({"format": 1, "strategies": {"orderbook_skew": {"symbols": symbols}}}))
    house.do("import_configuration", str(document), "--confirm-unknown")
    newest, *_ = house.ask("GET", "/strategies/orderbook_skew/audit?symbol=*")["data"]
    return str(newest["batch"])


@pytest.fixture(scope="package")
def batch(house: House) -> str:
    """Two levels, the newest that were changed at one stroke."""
    return import_levels(house, ADAUSDT=4, XLMUSDT=4)


def address_of(house: House) -> str:
    return f"http://{LOCALHOST}:{house.port}"


@pytest.fixture
def address(house: House) -> str:
    return address_of(house)


@pytest.fixture
def client(house: House, address: str) -> Iterator[Client]:
    with Client(address, house.token) as client:
        yield client


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Takes connections and sends nothing."""
    with socket.create_server((LOCALHOST, 0)) as server:
        yield f"http://{LOCALHOST}:{server.getsockname()[1]}"


@pytest.fixture
def redirecting() -> Iterator[str]:
    """Sends whoever comes to a place where nobody may ever come."""
    elsewhere = socket.create_server((LOCALHOST, 0))
    elsewhere.setblocking(False)
    place = f"http://{LOCALHOST}:{elsewhere.getsockname()[1]}/"

    class Redirecting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", place)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with ThreadingHTTPServer((LOCALHOST, 0), Redirecting) as server, elsewhere:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOCALHOST}:{server.server_port}"
        server.shutdown()
        with pytest.raises(BlockingIOError):
            elsewhere.accept()

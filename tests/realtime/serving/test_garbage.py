"""What is over leaves nothing for the garbage collector, which holds up everybody for as long as it looks."""

import gc
from collections.abc import Iterator

import httpx
import pytest
from websockets.sync.client import connect

from realtime.routing import websocket_application
from realtime.serving.requests import Requests
from realtime.serving.sockets import Sockets
from tests.realtime.serving.house import answer, read_body, serving
from tests.servers import until

ROUNDS = 5


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await websocket_application(scope, receive, send)
    else:
        await answer(send, await read_body(receive))


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def connections() -> int:
    return sum(issubclass(type(each), Requests | Sockets) for each in gc.get_objects())


def test_nothing_is_left_of_a_socket(store, no_collector):
    with serving(application) as (host, port):
        for _ in range(ROUNDS):
            with connect(f"ws://{host}:{port}/ws/pressure/", open_timeout=10) as browser:
                browser.send("{}")
                browser.recv(timeout=10)
        until(lambda: not connections(), "the end of the sockets")


def test_nothing_is_left_of_a_request(no_collector):
    with serving(application) as (host, port):
        for _ in range(ROUNDS):
            assert httpx.get(f"http://{host}:{port}/").status_code == 200
        until(lambda: not connections(), "the end of the connections")

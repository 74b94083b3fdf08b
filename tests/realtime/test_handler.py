"""A request stays in its thread: nothing there ever waits for the event loop, which may have ended."""

from typing import Any

import httpx
import pytest
from asgiref.sync import AsyncToSync, async_to_sync

from realtime.handler import ThreadedHandler
from tests.factories import spot_book

pytestmark = pytest.mark.usefixtures("no_connection_of_an_earlier_test")


@pytest.fixture
def waits(monkeypatch) -> list[object]:
    """Every time a thread begins to wait for the event loop."""
    seen = []
    wait = AsyncToSync.__call__

    def noticed(self, *args, **kwargs):
        seen.append(self.awaitable)
        return wait(self, *args, **kwargs)

    monkeypatch.setattr(AsyncToSync, "__call__", noticed)
    return seen


def get(address: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        application: Any = ThreadedHandler()
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(address)

    answer: httpx.Response = async_to_sync(ask)()
    return answer


@pytest.mark.parametrize(
    "address", ["/api/v1/metrics/depth/BTCUSDT", "/", "/symbols/BTCUSDT/", "/docs", "/healthz"]
)
def test_no_thread_waits_for_the_event_loop(reader, publish, waits, address):
    publish(spot_book())
    waits.clear()
    assert get(address).status_code == 200
    assert len(waits) == 1, "only the test itself waits"


def test_errors_and_unknown_addresses_are_answered(reader, waits):
    assert get("/api/v1/metrics/all?limit=x").status_code == 400
    assert get("/nothing").status_code == 404

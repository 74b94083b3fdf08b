"""The feed's connection: when it is over, somebody must notice."""

import asyncio

import pytest
from django.conf import settings

from messaging import bus
from messaging.source import until_stopped_or_closed


def test_connection_closed_for_good__an_error():
    async def wait_on_a_closed_connection() -> None:
        client = await bus.connect(settings.NATS_URL, "tests")
        await client.close()
        await until_stopped_or_closed(client, asyncio.Event())

    with pytest.raises(ConnectionError, match="closed the connection for good"):
        asyncio.run(wait_on_a_closed_connection())


def test_asked_to_stop__no_error():
    async def stop_at_once() -> None:
        async with bus.connected(settings.NATS_URL, "tests") as client:
            stop = asyncio.Event()
            stop.set()
            await until_stopped_or_closed(client, stop)

    asyncio.run(stop_at_once())

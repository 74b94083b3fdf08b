"""The connection to NATS, against a real server that comes and goes."""

import asyncio
import gc
import logging
import time
from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync

from messaging import bus
from realtime.stack.servers import LOCALHOST, free_port, nats_command
from tests.servers import Server


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(nats_command)
    yield server
    server.stop()


def url(server: Server) -> str:
    return f"nats://{LOCALHOST}:{server.port}"


async def reach(condition, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message.split()[0] for record in caplog.records if record.name == bus.logger.name]


def test_waits_for_a_server_that_comes_later_and_reports_it_once(server, caplog):
    async def run() -> None:
        connecting = asyncio.create_task(bus.connect(url(server), "test"))
        await asyncio.sleep(1.2)
        assert not connecting.done()
        server.start()
        await bus.leave(await connecting)

    with caplog.at_level(logging.INFO):
        async_to_sync(run)()
    assert events(caplog) == ["nats_unreachable", "nats_connected"]


def test_subscriptions_survive_a_restart_of_the_server(server, caplog):
    server.start()
    heard: list[bytes] = []

    async def hear(message) -> None:
        heard.append(message.data)

    async def run() -> None:
        async with bus.connected(url(server), "test") as client:
            await client.subscribe("news", cb=hear)
            await client.publish("news", b"before")
            await reach(lambda: heard == [b"before"])
            server.stop()
            await reach(lambda: not client.is_connected)
            server.start()
            await reach(lambda: client.is_connected)
            await client.publish("news", b"after")
            await reach(lambda: heard == [b"before", b"after"])

    with caplog.at_level(logging.INFO):
        async_to_sync(run)()
    assert events(caplog) == ["nats_connected", "nats_disconnected", "nats_reconnected"]


def test_leaving_delivers_what_is_under_way(server):
    server.start()
    heard: list[bytes] = []

    async def slowly(message) -> None:
        await asyncio.sleep(0.001)
        heard.append(message.data)

    async def run() -> None:
        async with bus.connected(url(server), "test") as client:
            await client.subscribe("news", cb=slowly)
            for _ in range(200):
                await client.publish("news", b"x")
            await bus.flush(client)

    async_to_sync(run)()
    assert len(heard) == 200


def test_leaving_ends_at_the_deadline(server, caplog):
    server.start()

    async def stuck(_) -> None:
        await asyncio.sleep(60)

    async def run() -> float:
        async with bus.connected(url(server), "test", drain_seconds=0.3) as client:
            await client.subscribe("news", cb=stuck)
            await client.publish("news", b"x")
            await bus.flush(client)
            started = time.monotonic()
        return time.monotonic() - started

    assert async_to_sync(run)() < 2
    assert "nats_drain_timeout" in events(caplog)


@pytest.mark.parametrize("subjects", [[], ["news"]])
def test_leaving_a_silent_server_ends_at_the_deadline_with_one_sentence(server, caplog, subjects):
    server.start()

    async def run() -> float:
        async with bus.connected(url(server), "test", drain_seconds=0.3) as client:
            for subject in subjects:
                await client.subscribe(subject)
            await bus.flush(client)
            server.freeze()
            started = time.monotonic()
        return time.monotonic() - started

    assert async_to_sync(run)() < 2
    gc.collect()  # what asyncio logs of a future nobody asked, it logs when that goes
    assert [record.message.split()[0] for record in caplog.records] == [
        "nats_connected",
        "nats_drain_timeout",
    ]


def test_leaving_while_the_server_is_away_is_at_once(server):
    server.start()

    async def run() -> float:
        async with bus.connected(url(server), "test") as client:
            server.stop()
            await reach(lambda: not client.is_connected)
            await client.publish("news", b"never arrives")
            started = time.monotonic()
        assert client.is_closed
        return time.monotonic() - started

    assert async_to_sync(run)() < 2


def test_errors_of_a_working_connection_are_passed_on(server):
    server.start()
    errors: list[Exception] = []

    async def fails(_) -> None:
        raise LookupError("no such thing")

    async def run() -> None:
        async with bus.connected(url(server), "test", errors.append) as client:
            await client.subscribe("news", cb=fails)
            await client.publish("news", b"x")
            await reach(lambda: errors)
            server.stop()
            await reach(lambda: not client.is_connected)

    async_to_sync(run)()
    assert [type(error) for error in errors] == [LookupError]


def test_credentials_are_never_logged(caplog):
    async def run() -> None:
        connecting = asyncio.create_task(bus.connect(f"nats://desk:secret@{LOCALHOST}:{free_port()}", "test"))
        await reach(lambda: "nats_unreachable" in caplog.text)
        connecting.cancel()
        await asyncio.wait([connecting])

    with caplog.at_level(logging.INFO):
        async_to_sync(run)()
    assert "secret" not in caplog.text

"""The journal never stands in the way of the market, nor of a halt; and what it held outlives what befalls NATS."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from nats.aio.client import Client

from journal.stream import JournalLimits, keep, reach, read
from messaging import bus
from realtime.stack.servers import nats_command
from tests.servers import Server, nats_url, running

BOOK = "market.binance.depth.BTCUSDT"
DISK = 24 * 2**20
HALF = JournalLimits(("market.>",), 3600.0, DISK // 2, 1)
ON_A_DISK = f'mount -t tmpfs -o size={DISK} none "$0" && exec "$@"'


async def held(client: Client) -> int:
    return sum([len(batch) async for batch in read(client, 0.0, 1e10)])


async def publish(client: Client, count: int) -> None:
    for _ in range(count):
        await client.publish(BOOK, os.urandom(2_000))
    await bus.flush(client)


async def until_it_holds(client: Client, count: int) -> None:
    while (await reach(client)).messages < count:
        await asyncio.sleep(0.01)


@pytest.fixture
def on_a_small_disk(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A NATS, and where the disk that it alone has is seen from outside."""
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_A_DISK, str(tmp_path)]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody mount a disk of their own")
    with running(Server(lambda port: [*alone, *nats_command(port, tmp_path)])) as server:
        yield server, Path(f"/proc/{server.pid}/root{tmp_path}")


def test_a_full_disk_ends_what_is_kept_and_nothing_else(on_a_small_disk: tuple[Server, Path]):
    server, disk = on_a_small_disk
    books: list[str] = []
    halts: list[str] = []

    async def run() -> None:
        async with bus.connected(nats_url(server.port), "test") as client:

            async def hear(message) -> None:
                (books if message.subject == BOOK else halts).append(message.subject)

            await client.subscribe("market.>", cb=hear)
            await client.subscribe(settings.NATS_TOPIC_HALTS, cb=hear)
            await keep(client, HALF)
            await publish(client, 500)
            await until_it_holds(client, 500)
            with pytest.raises(OSError, match="No space left"):
                (disk / "filler").write_bytes(bytes(DISK))
            await publish(client, 3_000)
            await client.publish(settings.NATS_TOPIC_HALTS, b"halt")
            await bus.flush(client)
            while len(books) < 3_500 or not halts:
                await asyncio.sleep(0.01)
            assert 500 <= await held(client) < 3_500

    async_to_sync(run)()


def test_what_a_killed_nats_held_is_held_still_and_it_goes_on(nats_server: Server):
    async def before() -> None:
        async with bus.connected(nats_url(nats_server.port), "test") as client:
            await keep(client, HALF)
            await publish(client, 500)
            await until_it_holds(client, 500)

    async def afterwards() -> None:
        async with bus.connected(nats_url(nats_server.port), "test") as client:
            assert await held(client) == 500
            await publish(client, 1)
            await until_it_holds(client, 501)

    async_to_sync(before)()
    nats_server.kill()
    nats_server.start()
    async_to_sync(afterwards)()

"""The bare libraries: `python -m tests.bench.bare URL NAME publish|receive`.

Receives what a venue sends with `websockets` and, if it is to, publishes the bytes as they are with nats-py. After a
message of LAST it says so on `bench.done.NAME`.
"""

import asyncio
import os
import sys
from contextlib import suppress

import nats
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.bench.servers import SUBJECT
from tests.bench.venue_talk import LAST

DONE = "bench.done"


async def take(url: str, name: str, *, publishes: bool) -> None:
    """Until the venue hangs up."""
    client, done = await nats.connect(os.environ["NATS_URL"]), f"{DONE}.{name}"
    async with connect(url, max_size=None, compression=None, ping_interval=None) as socket:
        with suppress(ConnectionClosed):
            while True:
                raw = await socket.recv(decode=False)
                if publishes:
                    await client.publish(SUBJECT, raw)
                if raw in LAST.values():
                    await client.publish(done, b"")


if __name__ == "__main__":
    _, url, name, what = sys.argv
    asyncio.run(take(url, name, publishes=what == "publish"))

"""A feed as a process of its own: what it is sent, what it reports, and its end."""

import asyncio
import signal
import subprocess
from collections.abc import Callable
from typing import Any

from django.conf import settings

from messaging import bus
from metrics.store.reader import StoreReader
from metrics.store.reports import FeedReport
from tests.servers import Server, nats_url, until

PREFIX = "consume"


def publish(server: Server, *frames: bytes) -> None:
    async def send() -> None:
        async with bus.connected(nats_url(server.port), "publisher") as client:
            for raw in frames:
                await client.publish(settings.NATS_CONSUMER_TOPIC[0], raw)

    asyncio.run(send())


def report_where(reader: StoreReader, is_true: Callable[[FeedReport], Any], what: str) -> FeedReport:
    found: list[FeedReport] = []

    def look() -> bool:
        found[:] = [report for report in reader.feeds() if is_true(report)]
        return bool(found)

    until(look, what)
    return found[0]


def stopped(process: subprocess.Popen[str]) -> tuple[int, str]:
    """SIGTERM; the exit code and the last lines of the log."""
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=20)
    return process.returncode, log[-2_000:]

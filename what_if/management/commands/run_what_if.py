"""`manage.py run_what_if`: a process that answers what-ifs."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand

from journal.keeper import look_after
from messaging.bus import Link, leave
from messaging.source import unless_stopped
from presence import present
from what_if.jobs import Limits, Worker


class Command(BaseCommand):
    """Answers until SIGTERM or SIGINT."""

    help = "Answer questions of what a change would have done, one after the other, and have NATS keep the journal."
    requires_system_checks = [Tags.security]  # pages are checked by the web process, and not loaded here

    def handle(self, **options: Any) -> None:
        with present("what-if"):
            asyncio.run(run())


async def run() -> None:
    """Until a signal comes. Any number of such processes share the questions."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    limits = Limits(settings.WHAT_IF_AT_ONCE, settings.WHAT_IF_SECONDS)
    connection = Link(settings.NATS_URL, "run_what_if")
    if not await unless_stopped(connection.open(), stop):
        return
    try:
        async with asyncio.TaskGroup() as group:
            keeper = look_after(settings.NATS_URL, settings.REDIS_URL, settings.STORE_PREFIX)
            journal = group.create_task(keeper, name="journal")
            await Worker(connection, settings.NATS_TOPIC_WHAT_IF, limits).run(stop)
            journal.cancel()
    finally:
        await leave(connection)

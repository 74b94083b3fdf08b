"""`manage.py watch_alerts`: the process that judges the rules of alerts."""

import asyncio
import gc
import os
import signal
import socket
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand

from alerts.delivery.heartbeat import Heartbeat
from alerts.delivery.sender import Sender
from alerts.watching.exposition import WatchCollector
from alerts.watching.lease import Lease
from alerts.watching.publishing import Publisher
from alerts.watching.runner import WatchRunner
from alerts.watching.seen.look import get_readers
from alerts.watching.source import Source
from alerts.watching.watcher import Watcher
from messaging.probes import serve_probes
from presence import present


class Command(BaseCommand):
    """Watches until SIGTERM or SIGINT."""

    help = "Judge the rules of alerts on live data, keep what fires in the database, and tell of it on NATS."
    requires_system_checks = [Tags.security]  # pages are checked by the web process, and not loaded here

    def handle(self, **options: Any) -> None:
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)  # hundreds of rows are read and let go of at every tick
        with present("alerts"):
            asyncio.run(run())


async def run() -> None:
    """Wire the process together and run it until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    lease = Lease(f"{socket.gethostname()}:{os.getpid()}")
    watcher = Watcher(Source(get_readers()), lease, restarts=settings.RESTARTS, days=settings.ALERTS_DAYS)
    sender = Sender(settings.ALERTS_MESSAGES_PER_MINUTE)
    publisher = Publisher(settings.NATS_TOPIC_ALERTS)
    heartbeat = Heartbeat(settings.ALERTS_HEARTBEAT_URL, lambda: watcher.is_well)
    runner = WatchRunner(watcher, publisher, sender, heartbeat, settings.PUSH_INTERVAL_MS / 1000)
    port = settings.ALERTS_HTTP_PORT
    collector = WatchCollector(lambda: watcher.report, lambda: sender.report)
    http = serve_probes(port, collector, runner.missing) if port else None
    try:
        await runner.run(settings.NATS_URL, stop)
    finally:
        if http:
            http.shutdown()

"""`manage.py consume_depth`: the feed process."""

import asyncio
import gc
import logging
import signal
import socket
from argparse import ArgumentParser
from time import time
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from redis.asyncio import Redis

from messaging.outage import no_nats
from messaging.probes import serve_probes
from messaging.source import receive
from metrics.domain.analyzer import DepthAnalyzer, nothing_whole
from metrics.domain.liquidity.summary import InRows
from metrics.domain.market import Expiry
from metrics.exposition import FeedCollector
from metrics.feed.minute_writer import MinuteWriter
from metrics.feed.partition import Partition
from metrics.feed.runner import DepthFeed
from metrics.feed.snapshots import SnapshotRequests, full_books_of
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder, read_levels
from metrics.store.keys import Keys
from metrics.store.reports import FeedReport
from metrics.store.writer import StoreWriter

logger = logging.getLogger(__name__)

FINISH_SECONDS = 10.0


class Command(BaseCommand):
    """Consumes market depth from NATS until SIGTERM or SIGINT."""

    help = "Consume market depth from NATS, keep current metrics in Redis and push them to browsers."
    requires_system_checks = [Tags.security]  # pages are checked by the web process, and not loaded here

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--partition", default="0/1", metavar="i/n", help="own one of n shares of the symbols"
        )

    def handle(self, *, partition: str, **options: Any) -> None:
        try:
            share = Partition.parse(partition)
        except ValueError as error:
            raise CommandError(str(error)) from error
        spare_the_collector()
        asyncio.run(consume(share))


async def consume(partition: Partition) -> None:
    """Wire the feed together and run it until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    feed = build_feed(partition)
    port = settings.FEED_HTTP_PORT
    figures = FeedCollector(lambda: [feed.last_report], time)
    http = serve_probes(port, figures, lambda: missing(feed.last_report)) if port else None
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(feed.run(stop), name="feed")
            if feed.full_books:
                group.create_task(SnapshotRequests(feed.full_books, feed).run(stop), name="snapshots")
            group.create_task(
                receive(feed, settings.NATS_URL, settings.NATS_PENDING_MESSAGES, stop), name="receive"
            )
        async with asyncio.timeout(FINISH_SECONDS):
            await feed.finish()
    finally:
        await feed.writer.close()
        if http:
            http.shutdown()
    logger.info(
        "feed_stopped messages=%d accepted=%d refused=%d ignored=%d",
        feed.messages, feed.analyzer.accepted, feed.refused.total(), feed.ignored.total(),
    )  # fmt: skip


def missing(report: FeedReport) -> dict[str, str]:
    """What the process cannot work without and has not."""
    return {} if report.connected else {"nats": no_nats(report.nats_away_since, report.nats_trouble)}


def spare_the_collector() -> None:
    """Decoding makes many short-lived tuples; looking for garbage after every 700 of them finds none."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def build_feed(partition: Partition) -> DepthFeed:
    """A feed connected as the settings have it."""
    full_books = full_books_of(settings.FULL_BOOKS, settings.METRICS_LEVELS, settings.METRICS_MAX_SYMBOLS)
    reads = BOOKS_AND_REFERENCES | (FULL_BOOKS if full_books else frozenset())
    expiry = Expiry(settings.STALE_AFTER_SECONDS, settings.METRICS_TTL_SECONDS)
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)
    return DepthFeed(
        instance=f"{socket.gethostname()}/{partition}",
        subjects=settings.NATS_CONSUMER_TOPIC,
        decoder=WireDecoder(partition, reads),
        analyzer=DepthAnalyzer(
            read_levels,
            levels=settings.METRICS_LEVELS,
            max_symbols=settings.METRICS_MAX_SYMBOLS,
            max_event_lag=settings.MAX_EVENT_LAG_SECONDS,
            expiry=expiry,
            primary=tuple(settings.PRIMARY_MARKETS),
            in_rows=InRows(settings.LIQUIDITY_ROW_SIZE, settings.LIQUIDITY_ROW_BAND_BPS),
            whole=full_books.known if full_books else nothing_whole,
        ),
        writer=StoreWriter(client, Keys(settings.STORE_PREFIX), settings.METRICS_TTL_SECONDS),
        layer=get_channel_layer(),
        minute_writer=MinuteWriter(),
        interval=settings.PUSH_INTERVAL_MS / 1000,
        full_books=full_books,
        restarts=settings.RESTARTS,
    )

"""`manage.py run_strategies`: a strategy process."""

import asyncio
import gc
import logging
import os
import signal
import socket
from argparse import ArgumentParser
from functools import partial
from time import time
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError
from redis.asyncio import Redis

from configuration.domain.catalogue import CATALOGUE
from halts.emergency_file import EmergencyHalts
from messaging.outage import no_nats
from messaging.probes import serve_probes
from messaging.source import receive
from metrics.feed.partition import Partition
from metrics.feed.snapshots import SnapshotRequests, full_books_of
from metrics.store.reader import get_reader as get_store_reader
from strategies.configuration_in_force import ConfigurationInForce
from strategies.engine import Engine
from strategies.exposition import StrategiesCollector
from strategies.keys import StrategyKeys
from strategies.ledger.looking_back import look_back
from strategies.ledger.turns import Turns
from strategies.ledger.writer import Kept, Ledger
from strategies.outbox import Outbox
from strategies.reader import store_client
from strategies.receipts import ProcessReport
from strategies.resuming import resume
from strategies.rules import rules_in_force
from strategies.runner import StrategyRunner
from strategies.state_files import LastKnownGood

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Evaluates strategies on live data until SIGTERM or SIGINT."""

    help = "Evaluate the strategies on live data with the configuration in force, and publish their signals."
    requires_system_checks = [Tags.security]  # pages are checked by the web process, and not loaded here

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--partition", default="0/1", metavar="i/n", help="own one of n shares of the symbols"
        )
        parser.add_argument(
            "--only", default="", help="strategies to run, comma-separated; default all enabled"
        )

    def handle(self, *, partition: str, only: str, **options: Any) -> None:
        try:
            share = Partition.parse(partition)
        except ValueError as error:
            raise CommandError(str(error)) from error
        strategies = _chosen(only)
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        asyncio.run(run(share, strategies))


def _chosen(only: str) -> list[str]:
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in CATALOGUE]:
        raise CommandError(f"There is no strategy {unknown[0]!r}; there are {', '.join(CATALOGUE)}.")
    chosen = [name for name in settings.STRATEGIES_ENABLED if name in (wanted or settings.STRATEGIES_ENABLED)]
    if not chosen:
        raise CommandError("No strategy is left to run: all are disabled by STRATEGY_ENABLED_….")
    return chosen


async def run(partition: Partition, strategies: list[str]) -> None:
    """Wire the process together and run it until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    redis = Redis.from_url(
        settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2, health_check_interval=10
    )
    runner = build_runner(partition, strategies, redis)
    port = settings.STRATEGIES_HTTP_PORT
    figures = StrategiesCollector(lambda: [runner.last_report], time)
    http = serve_probes(port, figures, lambda: missing(runner.last_report)) if port else None
    drained = asyncio.Event()

    async def take_in() -> None:
        """The market until `stop`. What its last messages led to still leaves: only then is the runner done."""
        await receive(runner, settings.NATS_URL, settings.NATS_PENDING_MESSAGES, stop)
        drained.set()

    try:
        await database_sync_to_async(resume)(runner.engine.strategies, partition.owns, time())
        async with asyncio.TaskGroup() as group:
            group.create_task(
                runner.run(settings.NATS_URL, settings.NATS_TOPIC_HALTS, drained), name="runner"
            )
            group.create_task(take_in(), name="receive")
            if books := runner.engine.full_books:
                group.create_task(SnapshotRequests(books, runner).run(stop), name="snapshots")
        await runner.leave()
    finally:
        await redis.aclose()
        if http:
            http.shutdown()
    engine, decided = runner.engine, runner.engine.strategies
    logger.info(
        "strategies_stopped messages=%d signals=%d suppressed=%d failures=%d",
        engine.messages, decided.signals.total(), decided.suppressed.total(), decided.failures.total(),
    )  # fmt: skip


def missing(report: ProcessReport) -> dict[str, str]:
    """What the process cannot work without and has not."""
    return {} if report.connected else {"nats": no_nats(report.nats_away_since, report.nats_trouble)}


def build_runner(partition: Partition, strategies: list[str], redis: Redis) -> StrategyRunner:
    """A runner connected as the settings have it."""
    keys = StrategyKeys(settings.STORE_PREFIX)
    turns = Turns(store_client(), keys.looking_back)
    ledger = Ledger(
        Kept(settings.SIGNALS_DAYS, settings.SIGNALS_ROWS),
        partial(turns.take, partial(look_back, get_store_reader())),
        touch_of=lambda symbol: engine.touch(symbol),
    )
    outbox = Outbox(redis, keys, settings.NATS_TOPIC_INTENTS, lambda: engine.strategies.halts, ledger=ledger)
    rules = rules_in_force()
    engine = Engine(
        strategies,
        outbox.put,
        hold_back=outbox.hold_back,
        partition=partition,
        rules=rules,
        executing_venue=settings.SPREAD_EXECUTING_VENUE,
        full_books=full_books_of(settings.FULL_BOOKS, rules.levels, rules.max_symbols),
    )
    directory = settings.STATE_DIR / "strategies"
    return StrategyRunner(
        instance=f"{socket.gethostname()}:{os.getpid()}/{partition}",
        subjects=settings.NATS_STRATEGIES_TOPIC,
        engine=engine,
        configuration=ConfigurationInForce(engine, LastKnownGood(directory), EmergencyHalts(directory)),
        outbox=outbox,
        redis=redis,
        keys=keys,
        restarts=settings.RESTARTS,
    )

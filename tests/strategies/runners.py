"""Runners over a real store, taken step by step."""

import asyncio
from pathlib import Path
from typing import Any, Self, cast

from asgiref.sync import async_to_sync
from django.conf import settings
from nats.aio.client import Client
from redis.asyncio import Redis

from halts.emergency_file import EmergencyHalts
from strategies.configuration_in_force import ConfigurationInForce
from strategies.engine import Engine
from strategies.keys import StrategyKeys
from strategies.ledger.records import write
from strategies.ledger.writer import Kept, Ledger, WriteRows
from strategies.outbox import Outbox, Waiting
from strategies.runner import StrategyRunner
from strategies.state_files import LastKnownGood
from tests.factories import START, Clock
from tests.strategies.in_force.process import Database
from tests.strategies.test_engine import resolved

KEYS = StrategyKeys(settings.STORE_PREFIX)


class Bus:
    """Stands where the bus would, to be taken away; the real one is in processes/."""

    def __init__(self) -> None:
        self.is_connected = True
        self.sent: list[tuple[str, bytes]] = []
        self.headers: list[dict[str, str]] = []

    @classmethod
    def of(cls, runner: StrategyRunner) -> Self:
        bus = cls()
        runner.outbox.bus = cast(Client, bus)
        return bus

    async def flush(self, timeout: float) -> None:
        pass

    async def publish(self, subject: str, payload: bytes, headers: dict[str, str]) -> None:
        self.sent.append((subject, payload))
        self.headers.append(headers)


async def deliver(runner: StrategyRunner) -> None:
    """Whatever can be delivered, once."""
    stop = asyncio.Event()
    stop.set()
    await runner.outbox.run(stop)


def make_runner(
    clock: Clock, directory: Path, client: Redis, instance: str = "host:1/0/1", write_rows: WriteRows = write
) -> StrategyRunner:
    ledger = Ledger(
        Kept(30, 1_000), int, touch_of=lambda symbol: engine.touch(symbol), write_rows=write_rows, clock=clock
    )
    outbox = Outbox(
        client, KEYS, "cio.intent.trading", lambda: engine.strategies.halts, clock, clock, ledger=ledger
    )
    engine = Engine(["orderbook_skew"], outbox.put, hold_back=outbox.hold_back, clock=clock)
    configuration = ConfigurationInForce(
        engine,
        LastKnownGood(directory),
        EmergencyHalts(directory),
        read=Database(resolved("orderbook_skew")),
        clock=clock,
    )
    return StrategyRunner(
        instance=instance,
        subjects=["x"],
        engine=engine,
        configuration=configuration,
        outbox=outbox,
        redis=client,
        keys=KEYS,
        clock=clock,
    )


def do(*steps: Any) -> None:
    async def run() -> None:
        for step in steps:
            await step()

    async_to_sync(run)()


def waiting(payload: bytes, strategy_id: str = "orderbook_skew") -> Waiting:
    return Waiting("an id", strategy_id, "BTCUSDT", payload, START)

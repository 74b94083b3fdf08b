"""`manage.py simulate_market`: a random market on NATS, for demonstrations, tests and measurements."""

import asyncio
import math
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from markets.management.publishing import destination
from markets.simulation.frames import KINDS, RawFrame
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from markets.simulation.pacing import Pacer
from markets.simulation.scenarios import SCENARIOS, Signals
from markets.simulation.subjects import BadSubject, subject_for
from messaging import bus
from messaging.stopping import run_until_stopped


class Command(BaseCommand):
    help = "Publish a random market to NATS: books, trades and tickers of any number of symbols."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--symbols", type=_count, default=20, help="how many (default 20)")
        parser.add_argument(
            "--rate", type=_positive, default=10.0, help="books a second and symbol (default 10)"
        )
        parser.add_argument(
            "--form", choices=("spot", "usdm", "mixed"), default="mixed", help="of books (default mixed)"
        )
        parser.add_argument("--kinds", type=_kinds, default=KINDS, help=f"default {','.join(KINDS)}")
        parser.add_argument("--scenario", choices=SCENARIOS, help="stage what the strategies wait for")
        parser.add_argument("--seed", type=int, help="repeats a market; by default every run differs")
        parser.add_argument("--faults", action="store_true", help="mix in bad messages of every kind")
        parser.add_argument("--seconds", type=_positive, default=math.inf, help="stop after so long")
        parser.add_argument("--subject", default=settings.NATS_CONSUMER_TOPIC[0], help="default %(default)s")

    def handle(self, *_: Any, **options: Any) -> None:
        self.published = 0
        rng = Random(options["seed"])
        market = SimulatedMarket(
            listings(options["symbols"], options["form"], rng),
            options["rate"],
            rng,
            first_id=now_ms(),
            kinds=options["kinds"],
            faults=options["faults"],
        )
        try:
            subject_for(options["subject"], "depth", "BTCUSDT")
        except BadSubject as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Publishing to {destination(options['subject'])}.")
        staged = SCENARIOS[options["scenario"]](market) if options["scenario"] else market
        run_until_stopped(self._run(staged, options["subject"], options["seconds"]))
        self.stdout.write(f"Published {self.published:,} frames.")

    async def _run(self, market: SimulatedMarket | Signals, pattern: str, seconds: float) -> None:
        async with bus.connected(settings.NATS_URL, "simulator") as client:
            self.stdout.write(f"Simulating {len(market.instruments)} symbols.")

            async def publish(frames: list[RawFrame]) -> None:
                if client.is_connected:  # a market does not wait for those who cannot hear it
                    for symbol, kind, payload in frames:
                        await client.publish(subject_for(pattern, kind, symbol), payload)
                    self.published += len(frames)

            await simulate(market, publish, seconds)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def simulate(
    market: SimulatedMarket | Signals,
    publish: Callable[[list[RawFrame]], Awaitable[None]],
    seconds: float = math.inf,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    event_time_ms: Callable[[], int] = now_ms,
) -> None:
    """Publish tick after tick, each when it is due, until `seconds` of market have passed."""
    pacer = Pacer(clock())
    tick = 0
    while (due := tick * market.tick_seconds) < seconds:
        await sleep(pacer.wait(due, clock()))
        await publish(market.tick(event_time_ms()))
        tick += 1


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100_000:
        raise ArgumentTypeError("must be 1 to 100000")
    return value


def _positive(text: str) -> float:
    value = float(text)
    if not 0.01 <= value <= 1_000_000:
        raise ArgumentTypeError("must be 0.01 to 1000000")
    return value


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(text.split(","))
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(KINDS)}")
    return kinds

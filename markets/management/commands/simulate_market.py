"""`manage.py simulate_market`: a random market on NATS, for demonstrations, tests and measurements."""

import asyncio
import math
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Awaitable, Callable, Iterator
from random import Random, randrange
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from markets.choice import BadChoice
from markets.domain.translated import WORDS
from markets.management.publishing import destination
from markets.places import PLACES, read_places
from markets.simulated_books import Publish, SimulatedBooks
from markets.simulation.frames import CHANGE, KINDS, RawFrame
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from markets.simulation.pacing import Pacer
from markets.simulation.scenarios import SCENARIOS, Market
from markets.simulation.subjects import BadSubject, subject_for
from markets.simulation.venues import Place, SimulatedVenues, venues
from markets.snapshots import Snapshots
from messaging import bus
from messaging.stopping import run_until_stopped
from metrics.domain.market import SPOT, USDM

ALL_KINDS = (*KINDS, CHANGE)


class Command(BaseCommand):
    help = "Publish a random market to NATS: books, trades and tickers of any number of symbols and venues."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--symbols", type=_count, default=20, help="how many (default 20)")
        parser.add_argument(
            "--rate", type=_positive, default=10.0, help="books a second and symbol (default 10)"
        )
        parser.add_argument(
            "--venues",
            type=_places,
            default=settings.SIMULATED_VENUES,
            metavar="NAMES",
            help=f"each with all of the symbols, of {', '.join(PLACES)} (default: binance alone, in the --form)",
        )
        parser.add_argument(
            "--form", choices=(SPOT, USDM, "mixed"), help="of books, where no --venues say it (default mixed)"
        )
        parser.add_argument(
            "--kinds",
            type=_kinds,
            help=f"of {','.join(WORDS)}; diff keeps whole books (default all with --venues, else all but diff)",
        )
        parser.add_argument("--scenario", choices=SCENARIOS, help="stage what the strategies wait for")
        parser.add_argument("--seed", type=int, help="repeats a market; by default every run differs")
        parser.add_argument("--faults", action="store_true", help="mix in bad messages of every kind")
        parser.add_argument("--seconds", type=_positive, default=math.inf, help="stop after so long")
        parser.add_argument("--subject", default=settings.NATS_CONSUMER_TOPIC[0], help="default %(default)s")

    def handle(self, *_: Any, **options: Any) -> None:
        self.published = 0
        invented = _invented(options)
        try:
            subject_for(options["subject"], "depth", "BTCUSDT")
        except BadSubject as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Publishing to {destination(options['subject'])}.")
        staged = SCENARIOS[options["scenario"]](invented) if options["scenario"] else invented
        run_until_stopped(self._run(invented, staged, options["subject"], options["seconds"]))
        self.stdout.write(f"Published {self.published:,} frames.")

    async def _run(self, invented: SimulatedVenues, staged: Market, pattern: str, seconds: float) -> None:
        """Publish what is `staged`, and answer who asks for whole books of what is `invented`."""
        async with bus.connected(settings.NATS_URL, "simulator") as client, asyncio.TaskGroup() as group:
            self.stdout.write(f"Simulating {_described(invented)}.")

            async def publish(frames: list[RawFrame]) -> None:
                if client.is_connected:  # a market does not wait for those who cannot hear it
                    for symbol, kind, payload, place in frames:
                        await client.publish(subject_for(pattern, kind, symbol, place), payload)
                    self.published += len(frames)

            answering = [
                group.create_task(Snapshots(books, client).serve()) for books in _books(invented, publish)
            ]
            await simulate(staged, publish, seconds)
            for task in answering:
                task.cancel()


def _invented(options: dict[str, Any]) -> SimulatedVenues:
    """One venue of the wanted form, or several that say theirs."""
    places = options["venues"]
    seed = randrange(2**32) if options["seed"] is None else options["seed"]
    kinds = options["kinds"] or (ALL_KINDS if places else KINDS)
    if not places:
        rng = Random(seed)
        listed = listings(options["symbols"], options["form"] or "mixed", rng)
        faults = options["faults"]
        return SimulatedVenues(
            [SimulatedMarket(listed, options["rate"], rng, first_id=now_ms(), kinds=kinds, faults=faults)]
        )
    if options["form"]:
        raise CommandError("Venues say their form: binance has spot markets, binance-usdm contracts.")
    return venues(
        places,
        options["symbols"],
        options["rate"],
        seed,
        first_id=now_ms(),
        kinds=kinds,
        faults=options["faults"],
    )


def _described(invented: SimulatedVenues) -> str:
    symbols = f"{len(invented.instruments)} symbols"
    places = [market.instruments[0].listing.place for market in invented.markets]
    return symbols if len(places) == 1 else f"{symbols} at each of {', '.join(places)}"


def _books(invented: SimulatedVenues, publish: Publish) -> Iterator[SimulatedBooks]:
    """Of every venue and form whose books are kept whole."""
    for market in invented.markets:
        for venue, futures in market.whole_books:
            yield SimulatedBooks(market, venue, USDM if futures else SPOT, publish, event_time_ms=now_ms)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def simulate(
    market: Market,
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


def _places(text: str) -> list[Place]:
    """Nothing is one venue as ever."""
    try:
        names = read_places(text) if text.strip() else []
    except BadChoice as error:
        raise ArgumentTypeError(str(error)) from error
    return [Place(name, PLACES[name].name, PLACES[name].form == USDM) for name in names]


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(WORDS.get(word, word) for word in text.split(","))
    if unknown := [kind for kind in kinds if kind not in ALL_KINDS]:
        raise ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(WORDS)}")
    return kinds

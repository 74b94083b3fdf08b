"""`manage.py stream_market`: the public markets of exchanges on NATS."""

import asyncio
import socket
from argparse import ArgumentParser, ArgumentTypeError
from binascii import crc32
from functools import partial
from time import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from markets.checking import Finding, Watcher, check
from markets.choice import BadChoice, Choice, read_choice
from markets.domain.translated import WORDS, Kind
from markets.domain.venue import Venue
from markets.places import PLACES
from markets.reporting import Reporter, missing
from markets.reports.exposition import MarketsCollector
from markets.reports.store import ReportWriter
from markets.streaming import NobodyTrades, Publisher, stream_all
from markets.venue_stream import VenueStream, addresses_of
from markets.venues import NAMES, VENUES
from messaging.bus import Link, leave
from messaging.probes import serve_probes
from messaging.stopping import run_until_stopped
from metrics.domain.market import place_name

FORMS = ("spot", "usdm")
LONGEST_NAME = 200
USUAL_KINDS: tuple[Kind, ...] = ("depth", "trade", "bookTicker", "ticker")


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT."""

    help = (
        "Bring public market data of exchanges to NATS: no key, no account. "
        "Nothing of it was tried against a live exchange here; --check shows what works from where you are."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--venue",
            type=_venues,
            default=["binance"],
            metavar="NAMES",
            help=f"of {', '.join(NAMES)}; or of one form alone, as in binance-usdm",
        )
        parser.add_argument(
            "--symbols",
            type=_symbols,
            default="top:20",
            help="BTCUSDT,ETHUSDT or top:50 (default %(default)s)",
        )
        parser.add_argument("--form", type=_forms, default=["spot"], help="spot, usdm or both (default spot)")
        parser.add_argument(
            "--kinds",
            type=_kinds,
            default=list(USUAL_KINDS),
            help=f"of {','.join(WORDS)} (default all but diff)",
        )
        parser.add_argument(
            "--check", action="store_true", help="wait for one frame of each kind, and report what works"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        venues = _chosen(options["venue"], options["form"])
        run = _check(venues, options) if options["check"] else _stream(venues, options)
        try:
            run_until_stopped(run)
        except ExceptionGroup as group:
            nobody = group.subgroup(NobodyTrades)
            if nobody is None:
                raise
            raise CommandError(str(_first(nobody))) from None


async def _stream(venues: list[Venue], options: dict[str, Any]) -> None:
    link = Link(settings.NATS_URL, "markets")
    publisher = Publisher(link)
    streams = []
    for venue in venues:
        stream = _stream_of(venue, options)
        stream.publish = partial(publisher.publish, stream.figures)
        streams.append(stream)
    store = Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=2)
    reporter = Reporter(
        _instance(venues, options),
        [stream.figures for stream in streams],
        link,
        ReportWriter(store, settings.STORE_PREFIX),
        settings.RESTARTS,
    )
    figures = MarketsCollector(lambda: [reporter.last_report], time)
    port = settings.MARKETS_HTTP_PORT
    http = serve_probes(port, figures, lambda: missing(reporter.last_report)) if port else None
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(reporter.run())
            await link.open()
            await stream_all(streams, link)
    finally:
        await leave(link)
        await reporter.finish()
        if http:
            http.shutdown()


def _instance(venues: list[Venue], options: dict[str, Any]) -> str:
    """The host and what is brought: the same after a restart, and another for each process of a host."""
    places = ",".join(place_name(venue.name, venue.form) for venue in venues)
    kinds = "" if options["kinds"] == list(USUAL_KINDS) else f":{'+'.join(options['kinds'])}"
    name = f"{socket.gethostname()}/{places}:{options['symbols']}{kinds}"
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…{crc32(name.encode()):08x}"


def _first(error: BaseException) -> BaseException:
    """What is reported of several that may be within each other."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def _check(venues: list[Venue], options: dict[str, Any]) -> None:
    findings: list[Finding] = []
    for venue in venues:
        kinds = [kind for kind in options["kinds"] if kind in venue.kinds] or options["kinds"]
        watcher = Watcher(kinds)
        stream = _stream_of(venue, options)
        stream.publish = watcher.publish
        findings += await check(stream, watcher, kinds)
    _show(findings)
    if any(finding.seconds is None for finding in findings):
        raise CommandError("Not everything works.")


def _stream_of(venue: Venue, options: dict[str, Any]) -> VenueStream:
    return VenueStream(
        venue,
        addresses_of(venue, settings.VENUE_ORIGINS),
        options["symbols"],
        options["kinds"],
        levels=settings.VENUE_LEVELS,
        silence_seconds=settings.VENUE_SILENCE_SECONDS,
    )


def _chosen(names: list[str], forms: list[str]) -> list[Venue]:
    """Those that there are, each once; a venue without any of the forms is a mistake."""
    chosen: dict[str, Venue] = {}
    for name in names:
        found = [VENUES[name, form] for form in forms if (name, form) in VENUES]
        if not found and name in NAMES:
            raise CommandError(f"{name} is read for spot only.")
        chosen |= {place_name(venue.name, venue.form): venue for venue in found or [PLACES[name]]}
    return list(chosen.values())


def _show(findings: list[Finding]) -> None:
    table = Table("venue", "form", "kind", "first frame")
    words = {kind: word for word, kind in WORDS.items()}
    for each in findings:
        came = f"after {each.seconds:.1f} s" if each.seconds is not None else f"[red]{each.why}[/red]"
        table.add_row(each.venue, each.form, words[each.kind], came)
    Console().print(table)


def _venues(text: str) -> list[str]:
    return _each(text, tuple(PLACES))


def _forms(text: str) -> list[str]:
    return _each(text, FORMS)


def _kinds(text: str) -> list[Kind]:
    return [WORDS[word] for word in _each(text, tuple(WORDS))]


def _each(text: str, known: tuple[str, ...]) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if unknown := [word for word in words if word not in known]:
        raise ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
    return list(dict.fromkeys(words))


def _symbols(text: str) -> Choice:
    try:
        return read_choice(text)
    except BadChoice as error:
        raise ArgumentTypeError(str(error)) from error

"""`manage.py stream_market`: the public markets of exchanges on NATS."""

from argparse import ArgumentParser, ArgumentTypeError
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from markets.checking import Finding, Watcher, check
from markets.choice import BadChoice, Choice, read_choice
from markets.domain.told import WORDS, Kind
from markets.domain.venue import Venue
from markets.streaming import NobodyTrades, Publisher, stream_all
from markets.venue_stream import VenueStream, addresses_of
from markets.venues import NAMES, VENUES
from messaging import bus
from messaging.stopping import run_until_stopped

FORMS = ("spot", "usdm")
USUAL_KINDS: tuple[Kind, ...] = ("depth", "trade", "bookTicker", "ticker")


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT."""

    help = (
        "Bring public market data of exchanges to NATS: no key, no account. "
        "Nothing of it was tried against a live exchange here; --check tells what works from where you are."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--venue", type=_venues, default=["binance"], metavar="NAMES", help=f"of {', '.join(NAMES)}"
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
            "--check", action="store_true", help="wait for one frame of each kind, and say what works"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        venues = _chosen(options["venue"], options["form"])
        run = _check(venues, options) if options["check"] else _stream(venues, options)
        try:
            run_until_stopped(run)
        except* NobodyTrades as group:
            raise CommandError(str(group.exceptions[0])) from None


async def _stream(venues: list[Venue], options: dict[str, Any]) -> None:
    async with bus.connected(settings.NATS_URL, "markets") as link:
        publisher = Publisher(link)
        streams = []
        for venue in venues:
            stream = _stream_of(venue, options)
            stream.publish = partial(publisher.publish, stream.figures)
            streams.append(stream)
        await stream_all(streams, link)


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
    """Those that there are; a venue without any of the forms is a mistake."""
    chosen = [VENUES[name, form] for name in names for form in forms if (name, form) in VENUES]
    for name in names:
        if not any(venue.name == name for venue in chosen):
            raise CommandError(f"{name} is read for spot only.")
    return chosen


def _show(findings: list[Finding]) -> None:
    table = Table("venue", "form", "kind", "first frame")
    words = {kind: word for word, kind in WORDS.items()}
    for each in findings:
        came = f"after {each.seconds:.1f} s" if each.seconds is not None else f"[red]{each.why}[/red]"
        table.add_row(each.venue, each.form, words[each.kind], came)
    Console().print(table)


def _venues(text: str) -> list[str]:
    return _each(text, NAMES)


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

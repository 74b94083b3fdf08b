"""`manage.py record_market`: what comes on NATS onto disk as it came, and whether what is there is sound."""

import math
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from markets.recording.places import is_pattern
from markets.recording.reading import FRAMES, RecordingError
from markets.recording.recorder import Recorder
from markets.recording.verifying import Verification, recordings_in
from messaging.stopping import run_until_stopped

HOUR = 3_600.0
MARKETS = "market.>"
LEAST_BYTES = 1_000_000
UNITS = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
MOST_PROBLEMS = 20  # that are listed of one recording


class Command(BaseCommand):
    """Records until SIGTERM or SIGINT."""

    help = (
        "Record what comes on NATS: every frame as it came and when it was received, a pair of files a venue "
        "and hour, for replay_market. With --verify nothing is recorded, and what is there is checked."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, help="where the recordings are; it is made if need be")
        parser.add_argument("--hours", type=_hours, help="how long (default until it is stopped)")
        parser.add_argument(
            "--max-bytes",
            type=_bytes,
            metavar="N",
            help="of all recordings there, as 500M or 20G: the oldest are removed (default no limit)",
        )
        parser.add_argument(
            "--subject",
            type=_pattern,
            nargs="+",
            default=[MARKETS, *settings.NATS_CONSUMER_TOPIC],
            metavar="S",
            help="default %(default)s",
        )
        parser.add_argument("--verify", action="store_true", help="check what is there, and record nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            if options["verify"]:
                self._verify(options["directory"])
            else:
                self._record(options)
        except RecordingError as error:
            raise CommandError(str(error)) from error

    def _record(self, options: dict[str, Any]) -> None:
        recorder = Recorder(options["directory"], options["subject"], options["max_bytes"])
        hours = options["hours"]
        try:
            run_until_stopped(recorder.run(settings.NATS_URL, hours and HOUR * hours))
        finally:
            intake, files = recorder.intake, recorder.files
            self.stdout.write(
                f"Recorded {intake.taken:,} frames, recordings finished: {files.finished:,}, "
                f"removed {files.removed:,}; refused {intake.refused:,} messages, "
                f"lost {intake.dropped + recorder.lost:,}."
            )

    def _verify(self, directory: Path) -> None:
        verifications = [Verification(path).run() for path in recordings_in(directory)]
        Console().print(_table(verifications))
        for each in verifications:
            self._show(each)
        if wrong := sum(bool(each.problems) for each in verifications):
            raise CommandError(f"Not sound: {wrong:,} of {len(verifications):,}.")
        self.stdout.write(f"Sound: {len(verifications):,} of {len(verifications):,}.")

    def _show(self, verification: Verification) -> None:
        problems = verification.problems
        for problem in problems[:MOST_PROBLEMS]:
            self.stdout.write(str(problem))
        if len(problems) > MOST_PROBLEMS:
            self.stdout.write(f"{verification.path}: and {len(problems) - MOST_PROBLEMS:,} more")
        if symbols := verification.without_snapshot:
            self.stdout.write(f"{verification.path}: no whole book of {', '.join(symbols)}, only changes")


def _table(verifications: list[Verification]) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("recording", overflow="fold")
    for name in ("lines", "min", "changes", "books", "touches", "agreed", "trades", "wrong"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in verifications:
        counts = each.changes, each.snapshots, each.touches, each.agreed, each.trades
        wrong = f"[red]{len(each.problems):,}[/red]" if each.problems else "0"
        cells = f"{each.lines:,}", f"{each.seconds / 60:,.1f}", *(f"{count:,}" for count in counts), wrong
        table.add_row(each.path.name.removesuffix(FRAMES), *cells)
    return table


def _hours(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise ArgumentTypeError("must be above 0")
    return value


def _bytes(text: str) -> int:
    """`500M` is 500 million."""
    digits, unit = (text[:-1], UNITS[text[-1]]) if text[-1:] in UNITS else (text, 1)
    if not digits.isdecimal() or int(digits) * unit < LEAST_BYTES:
        raise ArgumentTypeError(f"must be a number of bytes from {LEAST_BYTES:,} on, as 500M or 20G")
    return int(digits) * unit


def _pattern(text: str) -> str:
    if not is_pattern(text):
        raise ArgumentTypeError(f"{text!r} is no subject one can subscribe to")
    return text

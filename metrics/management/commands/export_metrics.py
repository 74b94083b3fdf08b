"""`manage.py export_metrics`: minutes and updates as a file."""

import os
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from metrics.domain.choice import read_choice
from metrics.export.columns import COLUMNS, Row
from metrics.export.files import FORMS
from metrics.export.tables import MINUTES, TABLES, USUAL, Asked, Nothing, parts
from metrics.spans import span_of
from metrics.store.reader import get_reader
from rest.moments import read_moment
from symbols import read_symbols

T = TypeVar("T")


class Command(BaseCommand):
    help = "Write every minute that is kept, or every update of the last 15 minutes, as CSV or Parquet."
    requires_system_checks = [Tags.security]  # no page is loaded here

    def add_arguments(self, parser: CommandParser) -> None:
        a_time = _told(read_moment)
        parser.add_argument("--from", type=a_time, metavar="TIME", help="such as 2026-11-23T14:44:32Z")
        parser.add_argument("--to", type=a_time, metavar="TIME", help="its end, not included; default now")
        parser.add_argument("--symbols", type=_told(read_symbols), help="with commas between; default all")
        parser.add_argument("--venue", help="one, or several with commas between; default all")
        parser.add_argument("--form", help="spot or usdm; default both")
        parser.add_argument("--kind", choices=TABLES, default=MINUTES, help="what a row is; default minutes")
        parser.add_argument("--format", choices=[*FORMS], default="csv", help="default csv")
        parser.add_argument("--output", type=Path, help="file to write instead of standard output")
        parser.add_argument("--force", action="store_true", help="replace the file where there is one")

    def handle(self, *args: Any, output: Path | None, force: bool, **options: Any) -> None:
        if output is not None and output.exists() and not force:
            raise CommandError(f"{output} exists; --force replaces it.")
        if output is None and options["format"] == "parquet" and self.stdout.isatty():
            raise CommandError("Parquet is nothing for a screen: name a file with --output.")
        asked, count = _asked(options), _Count()
        try:
            rows = count.of(parts(asked, get_reader()))
            with replaced(output) if output else nullcontext(cast(BinaryIO, self.stdout.buffer)) as file:
                for piece in FORMS[options["format"]].pieces(COLUMNS[asked.table], rows):
                    file.write(piece)
        except Nothing as nothing:
            raise CommandError(str(nothing)) from nothing
        except RedisError as error:
            raise CommandError(f"The store is away: updates cannot be read ({error}).") from error
        except DatabaseError as error:
            raise CommandError(f"The database is away: minutes cannot be read ({error}).") from error
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error}.") from error
        self.stderr.write(f"{count.rows:,} rows{f' in {output}' if output else ''}.", self.style.SUCCESS)


class _Count:
    """How many rows have passed."""

    rows = 0

    def of(self, rows: Iterable[list[Row]]) -> Iterator[list[Row]]:
        for part in rows:
            self.rows += len(part)
            yield part


def _asked(options: dict[str, Any]) -> Asked:
    try:
        span = span_of(options["from"], options["to"], USUAL[options["kind"]], datetime.now(UTC))
        choice = read_choice(options["venue"], options["form"])
    except ValueError as error:
        raise CommandError(f"{error}.") from error
    return Asked(options["kind"], span, options["symbols"], choice)


def _told(read: Callable[[str], T]) -> Callable[[str], T]:
    """The same for arguments, which say of no other error what is wrong."""

    def reading(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return reading


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file that stands under its name once all of it is written, and until then under none that anybody reads."""
    begun = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with begun.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)

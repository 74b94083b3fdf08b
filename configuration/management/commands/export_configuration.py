"""Write everything that is set as YAML."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from configuration.documents import write_document
from configuration.exceptions import StoreUnavailable
from configuration.reading import STORE_AWAY, load_levels


class Command(BaseCommand):
    help = "Write everything that is set, globally and per symbol, as YAML; defaults are left out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, help="file to write instead of standard output")

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        try:
            text = write_document(load_levels().values())
        except STORE_AWAY as error:
            raise CommandError(str(StoreUnavailable())) from error
        if output is None:
            self.stdout.write(text, ending="")
        else:
            output.write_text(text, encoding="utf-8")

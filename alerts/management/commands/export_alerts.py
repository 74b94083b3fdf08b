"""Write all rules and channels of alerts as YAML."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts.documents import write_document
from alerts.models import AlertRule, Channel
from configuration.exceptions import StoreUnavailable
from configuration.reading import STORE_AWAY


class Command(BaseCommand):
    help = "Write all rules and channels of alerts as YAML; what is secret of channels is left out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, help="file to write instead of standard output")

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        try:
            text = write_document(AlertRule.objects.all(), Channel.objects.all())
        except STORE_AWAY as error:
            raise CommandError(str(StoreUnavailable())) from error
        if output is None:
            self.stdout.write(text, ending="")
        else:
            output.write_text(text, encoding="utf-8")

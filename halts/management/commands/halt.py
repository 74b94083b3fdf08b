"""`halt` among the commands: listed, and called by programs. A shell goes to `halts.shell` at once, by `manage.py`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from configuration.domain.problems import InvalidValue
from halts import shell
from halts.without_database import Outcome


class Command(BaseCommand):
    """Works with the database away, too."""

    help = shell.HELP
    requires_system_checks: list[str] = []  # it must work when half of the house is away

    def add_arguments(self, parser: ArgumentParser) -> None:
        shell.add_arguments(parser)

    def handle(self, *, strategy: str, symbol: str, reason: str, **options: Any) -> None:
        try:
            outcome = shell.halt(strategy, symbol, reason, shell.WHOLE_SECONDS)
        except InvalidValue as refusal:
            raise CommandError(str(refusal)) from refusal
        self.show(outcome, "Halted")

    def show(self, outcome: Outcome, done: str) -> None:
        """What became of it; an error where nothing took it."""
        for problem in outcome.problems:
            self.stderr.write(problem)
        if not outcome.ways:
            raise CommandError(outcome.sentence(done))
        self.stdout.write(outcome.sentence(done))

"""`manage.py resume`: let signals leave again."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from configuration.exceptions import ConfigurationError
from configuration.services import Author, Source
from halts import shell
from halts.landing import resume_from_shell
from halts.services import scope_of


class Command(BaseCommand):
    """Works with the database away, too."""

    help = "Lift the halt of exactly the scope named; wider and narrower halts stay."
    requires_system_checks: list[str] = []  # it must work when half of the house is away

    def add_arguments(self, parser: ArgumentParser) -> None:
        shell.add_arguments(parser)

    def handle(self, *, strategy: str, symbol: str, reason: str, **options: Any) -> None:
        author = Author(source=Source.COMMAND, name=getpass.getuser(), reason=reason)
        try:
            outcome = resume_from_shell(scope_of(strategy, symbol), author=author)
        except ConfigurationError as error:
            raise CommandError(error.in_full) from error
        for problem in outcome.problems:
            self.stderr.write(problem)
        if not outcome.ways:
            raise CommandError(outcome.sentence("Resumed"))
        self.stdout.write(outcome.sentence("Resumed"))

"""What `halt` and `resume` have in common."""

import getpass
from argparse import ArgumentParser
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from configuration.exceptions import ConfigurationError
from configuration.services import Author, Source
from halts.domain import Scope
from halts.services import scope_of
from halts.without_database import Outcome


class DecidingCommand(BaseCommand):
    """Base: parses the scope and the reason, and says which ways the decision has taken."""

    done: ClassVar[str]
    requires_system_checks: list[str] = []  # it must work when half of the house is away

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--strategy", default="", help="only this strategy; default all")
        parser.add_argument("--symbol", default="", help="only about this symbol; default all")
        parser.add_argument("--reason", required=True, help="why; it stands in the log")

    def decide(self, scope: Scope, author: Author) -> Outcome:
        raise NotImplementedError

    def handle(self, *, strategy: str, symbol: str, reason: str, **options: Any) -> None:
        author = Author(source=Source.COMMAND, name=getpass.getuser(), reason=reason)
        try:
            scope = scope_of(strategy, symbol)
            outcome = self.decide(scope, author)
        except ConfigurationError as error:
            raise CommandError(error.in_full) from error
        for problem in outcome.problems:
            self.stderr.write(problem)
        if not outcome.ways:
            raise CommandError(f"Nothing has heard it: {scope} is as it was.")
        if not outcome.is_changed:
            self.stdout.write(f"There is no halt of {scope}; nothing changed.")
            return
        self.stdout.write(f"{self.done}: {scope}, by way of {', '.join(outcome.ways)}.")
        if not outcome.is_on_record:
            self.stdout.write("It goes on record when the database is back.")

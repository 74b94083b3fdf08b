"""`manage.py resume`: let signals leave again."""

import getpass
from typing import Any

from django.core.management.base import CommandError

from configuration.exceptions import ConfigurationError
from configuration.services import Author, Source
from halts.landing import resume_from_shell
from halts.management.commands.halt import Command as HaltCommand
from halts.services import scope_of
from halts.without_database import still_halted


class Command(HaltCommand):
    """Works with the database away, too; asked and answered as a halt is."""

    help = "Lift the halt of exactly the scope named; wider and narrower halts stay."

    def handle(self, *, strategy: str, symbol: str, reason: str, **options: Any) -> None:
        author = Author(source=Source.COMMAND, name=getpass.getuser(), reason=reason)
        try:
            outcome = resume_from_shell(scope_of(strategy, symbol), author=author)
        except ConfigurationError as error:
            raise CommandError(error.in_full) from error
        self.show(outcome, "Resumed")
        for record in outcome.still:
            self.stdout.write(still_halted(record))

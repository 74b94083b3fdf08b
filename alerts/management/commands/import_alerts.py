"""Set what a YAML document holds of rules and channels of alerts."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from alerts.documents import read_document
from alerts.services import import_document
from configuration.exceptions import ConfigurationError, ValidationFailed
from configuration.importing import account, text_of
from configuration.ledger import Author
from configuration.models import Source
from configuration.plain_yaml import BadDocument


class Command(BaseCommand):
    help = "Give the rules and channels a YAML document names its contents, all or none; others stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("document", help="file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="print the plan and write nothing")
        parser.add_argument("--user", help="account that makes the change")
        parser.add_argument("--reason", default="import", help="stands in the history")

    def handle(
        self, *args: Any, document: str, dry_run: bool, user: str | None, reason: str, **options: Any
    ) -> None:
        author = Author(
            source=Source.IMPORT, user=account(user), name=f"{getpass.getuser()} (shell)", reason=reason
        )
        try:
            steps = import_document(read_document(text_of(document)), author=author, dry_run=dry_run)
        except ValidationFailed as failure:
            problems = "\n".join(f"  {problem.message}" for problem in failure.problems)
            raise CommandError(f"Nothing was changed.\n{problems}") from failure
        except (BadDocument, ConfigurationError, OSError) as error:
            raise CommandError(str(error)) from error
        for step in steps:
            self.stdout.write(f"{step.action} {step.what} {step.name}")
        changing = sum(step.action != "unchanged" for step in steps)
        verb = "would change" if dry_run else "changed"
        self.stdout.write(f"{changing} of {len(steps)} rules and channels {verb}.")

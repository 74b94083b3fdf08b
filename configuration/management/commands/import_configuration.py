"""Set what a YAML document holds."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from configuration import services
from configuration.addressing import well_formed
from configuration.documents import Document, read_document
from configuration.exceptions import ConfigurationError, ValidationFailed
from configuration.importing import account, text_of
from configuration.known_symbols import question, unknown_among
from configuration.models import Source
from configuration.plain_yaml import BadDocument
from configuration.services import Author, PlannedLevel

CONFIRM = "Mend the names, or import them all the same with --confirm-unknown."


class Command(BaseCommand):
    help = "Give the levels a YAML document names its contents, all or none; other levels stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("document", help="file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="print the plan and write nothing")
        parser.add_argument("--user", help="account that makes the change")
        parser.add_argument(
            "--confirm-unknown", action="store_true", help="import symbols, too, that nobody has heard of"
        )
        parser.add_argument("--reason", default="import", help="stands in the audit trail")

    def handle(
        self,
        *args: Any,
        document: str,
        dry_run: bool,
        user: str | None,
        confirm_unknown: bool,
        reason: str,
        **options: Any,
    ) -> None:
        author = Author(
            source=Source.IMPORT, user=account(user), name=f"{getpass.getuser()} (shell)", reason=reason
        )
        try:
            levels = read_document(text_of(document))
            questions = [] if confirm_unknown else _questions(levels)
            if questions and not dry_run:
                raise CommandError("\n".join(["Nothing was changed.", *questions, CONFIRM]))
            plan = services.write_levels(levels, author=author, dry_run=dry_run)
        except ValidationFailed as failure:
            problems = "\n".join(f"  {problem.message}" for problem in failure.problems)
            raise CommandError(f"Nothing was changed.\n{problems}") from failure
        except (BadDocument, ConfigurationError, OSError) as error:
            raise CommandError(str(error)) from error
        for line in [*map(_line, plan.levels), *questions]:
            self.stdout.write(line)
        count = f"{len(plan.changing)} of {len(plan.levels)}"
        self.stdout.write(f"{count} levels {'would change' if dry_run else 'changed'}.")
        if plan.batch:
            way = reverse("batch-revert", args=[plan.batch])
            self.stdout.write(f"Batch {plan.batch}: taken back together under History, or by POST {way}.")


def _questions(document: Document) -> list[str]:
    """About symbols nobody has heard of, which may be misspelt."""
    symbols = (symbol for levels in document.values() for symbol in levels if symbol is not None)
    return list(map(question, unknown_among(map(well_formed, symbols)).items()))


def _line(step: PlannedLevel) -> str:
    before, after = step.before or {}, step.after
    names = [*before, *(name for name in after if name not in before)]
    differences = [
        f"{name}: {before.get(name, 'inherited')} -> {after.get(name, 'inherited')}"
        for name in names
        if before.get(name) != after.get(name)
    ]
    return " ".join([step.action, step.strategy_id, step.symbol or "global", "; ".join(differences)]).rstrip()

"""Set what a YAML document holds."""

import getpass
import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

from configuration import services
from configuration.documents import BadDocument, read_document
from configuration.exceptions import ConfigurationError, ValidationFailed
from configuration.models import Source
from configuration.services import Author, PlannedLevel


class Command(BaseCommand):
    help = "Give the levels a YAML document names its contents, all or none; other levels stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("document", help="file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="print the plan and write nothing")
        parser.add_argument("--user", help="account that makes the change")
        parser.add_argument("--reason", default="import", help="stands in the audit trail")

    def handle(
        self, *args: Any, document: str, dry_run: bool, user: str | None, reason: str, **options: Any
    ) -> None:
        author = Author(
            source=Source.IMPORT, user=_account(user), name=f"{getpass.getuser()} (shell)", reason=reason
        )
        try:
            levels = read_document(_text(document))
            plan = services.write_levels(levels, author=author, dry_run=dry_run)
        except ValidationFailed as failure:
            problems = "\n".join(f"  {problem.message}" for problem in failure.problems)
            raise CommandError(f"Nothing was changed.\n{problems}") from failure
        except (BadDocument, ConfigurationError, OSError) as error:
            raise CommandError(str(error)) from error
        for step in plan:
            self.stdout.write(_line(step))
        changed = sum(step.action != "keep" for step in plan)
        self.stdout.write(f"{changed} of {len(plan)} levels {'would change' if dry_run else 'changed'}.")


def _account(username: str | None) -> AbstractBaseUser | None:
    if username is None:
        return None
    users = get_user_model()
    try:
        return users.objects.get_by_natural_key(username)
    except users.DoesNotExist as error:
        raise CommandError(f"There is no account {username}.") from error


def _text(document: str) -> str:
    raw = sys.stdin.buffer.read() if document == "-" else Path(document).read_bytes()
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadDocument(f"{document} is not UTF-8 text") from error


def _line(step: PlannedLevel) -> str:
    before, after = step.before or {}, step.after
    names = [*before, *(name for name in after if name not in before)]
    differences = [
        f"{name}: {before.get(name, 'inherited')} -> {after.get(name, 'inherited')}"
        for name in names
        if before.get(name) != after.get(name)
    ]
    return " ".join([step.action, step.strategy_id, step.symbol or "global", "; ".join(differences)]).rstrip()

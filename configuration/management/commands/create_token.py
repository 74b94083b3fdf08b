"""Make an API token."""

import getpass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from configuration.scopes import READING, SCOPES, in_words, within_rights
from configuration.service_accounts import TAKEN, new_service_account, new_token, sound_name


class Command(BaseCommand):
    help = "Make an API token for a service account and print it, this once: only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="service account, which has no password")
        parser.add_argument("--new", action="store_true", help="make the service account, too")
        parser.add_argument(
            "--scope",
            action="append",
            choices=SCOPES,
            help="what the token is for, once for each; without it all that the account may,"
            f" and with --new {' and '.join(READING)}",
        )
        parser.add_argument("--purpose", default="", help="stands in the list of tokens")
        parser.add_argument(
            "--days",
            type=float,
            default=settings.TOKEN_TTL_DAYS,
            help="life of the token (default: %(default)s)",
        )

    def handle(
        self,
        *args: Any,
        user: str,
        new: bool,
        scope: list[str] | None,
        purpose: str,
        days: float,
        **options: Any,
    ) -> None:
        if not 0 < days <= 3650:
            raise CommandError("A token lives more than 0 and at most 3650 days.")
        with transaction.atomic():
            scopes = list(READING) if new and not scope else scope
            account = _new(user, scopes or []) if new else _existing(user)
            _require_rights(account, scopes)
            maker = f"{getpass.getuser()} (shell)"
            row, token = new_token(account, scopes, purpose=purpose, made_by=maker, life=timedelta(days=days))
        self.stdout.write(token)
        self.stderr.write(
            f"For: {in_words(scopes)}. Valid until {row.expiry:%Y-%m-%d %H:%M} UTC. Send it as: Authorization: Token …"
        )


def _existing(name: str) -> User:
    try:
        account = User.objects.get_by_natural_key(name)
    except User.DoesNotExist as error:
        raise CommandError(f"There is no account {name}; --new makes a service account.") from error
    if not account.is_active:
        raise CommandError(f"The account {name} is not active.")
    if account.has_usable_password():
        raise CommandError(
            f"{name} is a person, in whose name nobody else makes a token; a service account has no password."
        )
    return account


def _new(name: str, scopes: list[str]) -> User:
    try:
        return new_service_account(sound_name(name), scopes)
    except ValidationError as error:
        words = " ".join(error.messages)
        if any(each.code == TAKEN for each in error.error_list):
            words = f"{words.removesuffix('.')}; leave out --new to make another token for it."
        raise CommandError(words) from error


def _require_rights(account: User, scopes: list[str] | None) -> None:
    allowed = {scope.name for scope in within_rights(account)}
    if beyond := [name for name in scopes or () if name not in allowed]:
        raise CommandError(f"The account {account.username} may not do this itself: {', '.join(beyond)}.")

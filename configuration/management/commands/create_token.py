"""Make an API token."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from knox.models import AuthToken


class Command(BaseCommand):
    help = "Make an API token for a service account and print it, this once: only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "user", help="service account, which has no password, whose permissions the token has"
        )
        parser.add_argument(
            "--days",
            type=float,
            default=settings.TOKEN_TTL_DAYS,
            help="life of the token (default: %(default)s)",
        )

    def handle(self, *args: Any, user: str, days: float, **options: Any) -> None:
        users = get_user_model()
        try:
            account = users.objects.get_by_natural_key(user)
        except users.DoesNotExist as error:
            raise CommandError(f"There is no account {user}.") from error
        if not account.is_active:
            raise CommandError(f"The account {user} is not active.")
        if account.has_usable_password():
            raise CommandError(
                f"{user} is a person, in whose name nobody else makes a token; a service account has no password."
            )
        if not 0 < days <= 3650:
            raise CommandError("A token lives more than 0 and at most 3650 days.")
        row, token = AuthToken.objects.create(account, expiry=timedelta(days=days))
        self.stdout.write(token)
        self.stderr.write(f"Valid until {row.expiry:%Y-%m-%d %H:%M} UTC. Send it as: Authorization: Token …")

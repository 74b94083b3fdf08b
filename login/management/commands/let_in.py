"""`manage.py let_in`: forget wrong passwords."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from login import counting
from login.domain import NOWHERE, site


class Command(BaseCommand):
    help = (
        "Let an account log in again, or whoever comes from an address, without the wait for wrong passwords."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", help="everything that was counted of it, wherever it came from")
        parser.add_argument(
            "--address", help="everything that was counted from it; of IPv6 from its /64 network"
        )

    def handle(self, *args: Any, account: str | None, address: str | None, **options: Any) -> None:
        if bool(account) == bool(address):
            raise CommandError("Give either --account or --address.")
        origin = site(address)
        if address and origin == NOWHERE != address:
            raise CommandError(f"{address} is no address.")
        forgotten = counting.let_in(account) if account else counting.let_in_from(origin)
        self.stdout.write(f"{forgotten} counts of wrong passwords forgotten.")

"""Where the publishing commands publish: never where no place is set."""

from django.conf import settings
from django.core.management.base import CommandError

from messaging.address import addresses


def destination(subject: str) -> str:
    """Servers and subject for people, and who names the servers; CommandError where nobody does."""
    if not settings.NATS_GIVEN_BY:
        raise CommandError(
            f"No stack runs in {settings.STATE_DIR}, and NATS_URL is not set, so there is nowhere to publish. "
            "Start `make run`, give the STATE_DIR it was started with, or set NATS_URL."
        )
    servers = ", ".join(f"{each.scheme}://{each.netloc}" for each in addresses(settings.NATS_URL))
    return f"{servers} ({settings.NATS_GIVEN_BY}), on {subject}"

"""That alerts are not as they were, announced on Redis: a hint that saves whoever shows them seconds of polling."""

from django.conf import settings

from configuration.announcements import publish


def channel() -> str:
    """The Redis channel; what is new is in the database, and a message says no more than that."""
    return f"{settings.STORE_PREFIX}:alerts"


def announce() -> None:
    """Tell whoever listens to look; once what is new is committed."""
    publish(channel(), b"{}")

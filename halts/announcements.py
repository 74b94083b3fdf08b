"""Halts and resumptions on record, announced on Redis: a hint that saves a second of polling."""

from collections.abc import Iterable

import msgspec
from django.conf import settings

from configuration.announcements import publish
from halts.domain import HaltRecord


def channel() -> str:
    """The Redis channel of halts and resumptions; a message is a HaltRecord as JSON."""
    return f"{settings.STORE_PREFIX}:halts"


def announce(records: Iterable[HaltRecord]) -> None:
    publish(channel(), *map(msgspec.json.encode, records))

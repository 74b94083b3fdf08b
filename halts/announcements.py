"""Halts and resumptions on record, told to everybody on Redis: a hint that saves a second of polling."""

from typing import Any

import msgspec
from django.conf import settings
from django.dispatch import receiver

from configuration.announcements import publish
from halts.domain import HaltRecord
from halts.signals import halts_changed


def channel() -> str:
    """The Redis channel of halts and resumptions; a message is a HaltRecord as JSON."""
    return f"{settings.STORE_PREFIX}:halts"


@receiver(halts_changed)
def publish_halts(records: list[HaltRecord], **_: Any) -> None:
    publish(channel(), *map(msgspec.json.encode, records))

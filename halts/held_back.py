"""How many signals each halt has held back: counted by whoever makes them, whom the settings name."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, cast

from django.conf import settings
from django.utils.module_loading import import_string

from halts.domain import HaltRecord, Scope


class HeldBack(NamedTuple):
    """Signals that a halt has held back, and when the last was, None where none is known of.

    Not `is_complete` where it began before the count did: then there are at least so many.
    """

    signals: int
    last: datetime | None
    is_complete: bool


def held_back(halts: Iterable[HaltRecord]) -> dict[Scope, HeldBack]:
    """By scope; without those that cannot be counted at the moment."""
    records = list(halts)
    return cast(dict[Scope, HeldBack], import_string(settings.HELD_BACK)(records)) if records else {}

"""Halts, as they are on record."""

from alerts.domain.watched.halts import HaltSeen
from alerts.watching.seen.look import Look
from database.deadline import at_most
from halts.models import HaltChange

ANSWER_SECONDS = 1.0
RESUMED_SECONDS = 60.0
"""For so long a scope counts as resumed."""


def halts(look: Look) -> list[HaltSeen]:
    """The scopes that are halted, and those that were until a moment ago. Raises django.db.Error."""
    with at_most(ANSWER_SECONDS):
        records = [change.record() for change in HaltChange.objects.newest()]
    return [
        HaltSeen(
            name=str(record.scope),
            is_halted=record.halted,
            is_resumed=not record.halted,
            halted_seconds=max(0.0, look.now - record.began) if record.halted else 0.0,
        )
        for record in sorted(records, key=lambda each: each.scope)
        if record.halted or look.now - record.at < RESUMED_SECONDS
    ]

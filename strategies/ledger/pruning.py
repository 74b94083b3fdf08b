"""What is kept no longer is deleted, in steps of which none is much to ask, however many signals there are.

A database counts rows by walking past them: of a million that takes seconds, and more than a step may. So they are
counted as they are deleted, a part at a time.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from strategies.ledger.reading import Place, last_of
from strategies.models import SignalRecord

DELETED_AT_ONCE = 5_000
COUNTED_AT_ONCE = 50_000


def pruning(now: datetime, days: int, rows: int) -> Iterator[int]:
    """Delete what was decided more than `days` ago, and then what is not among the newest so many, the oldest first.
    Each step asks the database once, and yields how many it has deleted; they raise django.db.Error. Of those of one
    millisecond all go, or none."""
    yield from _deleted(now - timedelta(days=days))
    last: Place | None = None
    while rows > 0:
        part = min(rows, COUNTED_AT_ONCE)
        last = _behind(last, part)
        if last is None:
            return
        rows -= part
        yield 0
    if beyond := _behind(last, 1):
        yield from _deleted(beyond.decided_at)


def _behind(place: Place | None, many: int) -> Place | None:
    """So many signals further on, the newest first; None where there are not as many."""
    signals = SignalRecord.objects.all()
    return last_of(place.behind(signals) if place else signals, many)


def _deleted(until: datetime) -> Iterator[int]:
    """How many, a part at a time."""
    old = SignalRecord.objects.filter(decided_at__lte=until).order_by("decided_at", "id")
    while chosen := list(old.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        yield SignalRecord.objects.filter(pk__in=chosen).delete()[0]

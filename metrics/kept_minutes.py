"""Minutes in the database: written in bulk by the feed, read by the history endpoint."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from metrics.domain.minutes import Minute, Range
from metrics.domain.ticks import MINUTE
from metrics.models import MinuteRollup

MERGED_FIELDS = [
    field.name for field in MinuteRollup._meta.fields if field.name not in ("id", "symbol", "minute")
]


@transaction.atomic
def save_minutes(minutes: Iterable[Minute]) -> None:
    """Write minutes; parts of one are joined, also with what is there already from before a restart."""
    fresh: dict[tuple[str, int], Minute] = {}
    for minute in minutes:
        key = (minute.symbol, minute.start)
        fresh[key] = fresh[key].then(minute) if key in fresh else minute
    starts = {_time(start) for _, start in fresh}
    for row in MinuteRollup.objects.select_for_update().filter(minute__in=starts):
        key = (row.symbol, int(row.minute.timestamp()))
        if key in fresh:
            fresh[key] = _minute(row).then(fresh[key])
    MinuteRollup.objects.bulk_create(
        [_row(minute) for minute in fresh.values()],
        update_conflicts=True,
        unique_fields=["symbol", "minute"],
        update_fields=MERGED_FIELDS,
        batch_size=500,
    )


PRUNED_AT_ONCE = timedelta(minutes=10)
"""Of all symbols: a statement that deletes is to end in time, however many have gathered."""


def prune_minutes() -> int:
    """Delete minutes older than METRICS_ROLLUP_DAYS; returns how many."""
    horizon = timezone.now() - timedelta(days=settings.METRICS_ROLLUP_DAYS)
    old = MinuteRollup.objects.filter(minute__lt=horizon)
    deleted = 0
    while (oldest := old.aggregate(oldest=Min("minute"))["oldest"]) is not None:
        count, _ = old.filter(minute__lt=oldest + PRUNED_AT_ONCE).delete()
        deleted += count
    return deleted


def withdraw_minutes(symbol: str, since: float) -> None:
    """Delete the minutes of `symbol` that reach beyond `since` (seconds since the epoch)."""
    first = _time(int(since // MINUTE) * MINUTE)
    MinuteRollup.objects.filter(symbol=symbol, minute__gte=first).delete()


def minutes_of(symbol: str, start: datetime, end: datetime) -> QuerySet[MinuteRollup]:
    """Minutes of `symbol` with start <= minute < end, oldest first."""
    return MinuteRollup.objects.filter(symbol=symbol, minute__gte=start, minute__lt=end).order_by("minute")


def kept_symbols() -> frozenset[str]:
    """Symbols of which there are minutes. Asked one after the other, each is one step in the index, however many
    minutes it has.
    """
    found, last = set(), ""
    while (
        name := MinuteRollup.objects.filter(symbol__gt=last).aggregate(next=Min("symbol"))["next"]
    ) is not None:
        found.add(last := name)
    return frozenset(found)


def _row(minute: Minute) -> MinuteRollup:
    updates = minute.updates
    return MinuteRollup(
        symbol=minute.symbol,
        minute=_time(minute.start),
        **_range_fields("pressure", minute.pressure, updates),
        **_range_fields("mid", minute.mid, updates),
        spread_bps_mean=minute.spread_total / updates if updates else None,
        spread_bps_max=minute.spread_max if updates else None,
        depth_mean=minute.depth_total / updates if updates else None,
        updates=updates,
        seconds_not_live=minute.seconds_not_live,
    )


def _range_fields(name: str, values: Range | None, updates: int) -> dict[str, float]:
    if values is None:
        return {}
    parts = {"open": values.open, "high": values.high, "low": values.low, "close": values.close}
    return {f"{name}_{part}": value for part, value in parts.items()} | {
        f"{name}_mean": values.total / updates
    }


def _minute(row: MinuteRollup) -> Minute:
    return Minute(
        symbol=row.symbol,
        start=int(row.minute.timestamp()),
        pressure=_range(row, "pressure"),
        mid=_range(row, "mid"),
        spread_total=(row.spread_bps_mean or 0.0) * row.updates,
        spread_max=row.spread_bps_max or 0.0,
        depth_total=(row.depth_mean or 0.0) * row.updates,
        updates=row.updates,
        seconds_not_live=row.seconds_not_live,
    )


def _range(row: MinuteRollup, name: str) -> Range | None:
    if not row.updates:
        return None
    parts = {part: getattr(row, f"{name}_{part}") for part in ("open", "high", "low", "close")}
    return Range(**parts, total=getattr(row, f"{name}_mean") * row.updates)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

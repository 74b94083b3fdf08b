"""A look at what fires, and at what has happened since the look before."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

from django.db.models import Max
from django.utils import timezone
from msgspec.structs import replace

from alerts import reading
from alerts.models import Alert
from alerts.push.frames import MOST_IN_A_FRAME, Event, FiringNow, News, Standing, in_parts, told


class Look:
    """Looks of one process, called one after the other; raises django.db.Error.

    What fires and is over between two looks is found by its id: they rise, since one process at a time makes them.
    """

    def __init__(self) -> None:
        self._before = FiringNow(epoch=uuid4().hex[:12])
        self._known: dict[int, bool] | None = None
        """Of each alert that fires: is it acknowledged?"""

    def __call__(self) -> FiringNow:
        now, newest = timezone.now(), self._before.standing.newest
        quiet = reading.Quiet.of(now)
        if self._known is None:
            newest = Alert.objects.aggregate(newest=Max("pk"))["newest"] or 0
        rows = _firing_or_new(newest)
        firing = {row.pk: row.is_acknowledged for row in rows if not row.is_over}
        standing = Standing(
            firing=len(firing),
            unattended=Counter(
                row.severity
                for row in rows
                if firing.get(row.pk) is False and not quiet.until(row.rule_number, row.symbol, row.severity)
            ),
            is_watched=reading.watching(now).is_watched,
            newest=max([newest, *(row.pk for row in rows)]),
        )
        news = [] if self._known is None else self._news({row.pk for row in rows}, firing, quiet)
        is_news = self._known is not None and (news or standing != self._before.standing)
        found = FiringNow(
            epoch=self._before.epoch,
            seq=self._before.seq + (len(in_parts(news)) if is_news else 0),
            standing=standing,
            alerts=[told(each, quiet) for each in reading.alerts("firing")[:MOST_IN_A_FRAME]],
            news=news,
        )
        self._known, self._before = firing, replace(found, alerts=[], news=[])
        return found

    def _news(self, seen: set[int], firing: dict[int, bool], quiet: reading.Quiet) -> list[News]:
        """What has happened to each alert that is not as it was known, in the order in which they fired."""
        known = self._known or {}
        changed = (seen | known.keys()) - {key for key in firing if known.get(key) == firing[key]}
        alerts = Alert.objects.filter(pk__in=changed).order_by("pk") if changed else []
        return [
            News(event, told(alert, quiet))
            for alert in alerts
            for event in _events(known.get(alert.pk), alert)
        ]


class Seen(NamedTuple):
    """What is looked at of an alert."""

    pk: int
    rule_number: int
    symbol: str
    severity: str
    is_acknowledged: bool
    is_over: bool


def _firing_or_new(newest: int) -> list[Seen]:
    """In the order of their keys."""
    firing, new = Alert.objects.filter(resolved_at=None), Alert.objects.filter(pk__gt=newest)
    fields = ("pk", "rule_number", "symbol", "severity", "acknowledged_at", "resolved_at")
    rows = firing.order_by().values_list(*fields).union(new.order_by().values_list(*fields))
    return sorted(
        Seen(pk, rule, symbol, severity, acknowledged is not None, over is not None)
        for pk, rule, symbol, severity, acknowledged, over in rows
    )


def _events(was_acknowledged: bool | None, alert: Alert) -> Iterator[Event]:
    """What became of an alert of which was known whether it is acknowledged; None: it was not known."""
    if was_acknowledged is None:
        yield "firing"
    if alert.acknowledged_at and not was_acknowledged:
        yield "acknowledged"
    if alert.resolved_at:
        yield "resolved"

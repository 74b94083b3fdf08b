"""A look at what fires, and at what has happened since the look before."""

from collections import Counter
from collections.abc import Iterator
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
        newest = self._before.standing.newest
        if self._known is None:
            newest = Alert.objects.aggregate(newest=Max("pk"))["newest"] or 0
        rows = _firing_or_new(newest)
        firing = {key: is_acknowledged for key, _, is_acknowledged, is_over in rows if not is_over}
        standing = Standing(
            firing=len(firing),
            unattended=Counter(severity for key, severity, _, _ in rows if firing.get(key) is False),
            is_watched=reading.watching(timezone.now()).is_watched,
            newest=max([newest, *(key for key, *_ in rows)]),
        )
        news = [] if self._known is None else self._news({key for key, *_ in rows}, firing)
        is_news = self._known is not None and (news or standing != self._before.standing)
        found = FiringNow(
            epoch=self._before.epoch,
            seq=self._before.seq + (len(in_parts(news)) if is_news else 0),
            standing=standing,
            alerts=[told(each) for each in reading.alerts("firing")[:MOST_IN_A_FRAME]],
            news=news,
        )
        self._known, self._before = firing, replace(found, alerts=[], news=[])
        return found

    def _news(self, seen: set[int], firing: dict[int, bool]) -> list[News]:
        """What has happened to each alert that is not as it was known, in the order in which they fired."""
        known = self._known or {}
        changed = (seen | known.keys()) - {key for key in firing if known.get(key) == firing[key]}
        alerts = Alert.objects.filter(pk__in=changed).order_by("pk") if changed else []
        return [News.of(event, alert) for alert in alerts for event in _events(known.get(alert.pk), alert)]


def _firing_or_new(newest: int) -> list[tuple[int, str, bool, bool]]:
    """Key, severity, whether it is acknowledged and whether it is over, in the order of their keys."""
    firing, new = Alert.objects.filter(resolved_at=None), Alert.objects.filter(pk__gt=newest)
    fields = ("pk", "severity", "acknowledged_at", "resolved_at")
    rows = firing.order_by().values_list(*fields).union(new.order_by().values_list(*fields))
    return sorted(
        (key, severity, acknowledged is not None, resolved is not None)
        for key, severity, acknowledged, resolved in rows
    )


def _events(was_acknowledged: bool | None, alert: Alert) -> Iterator[Event]:
    """What became of an alert of which was known whether it is acknowledged; None: it was not known."""
    if was_acknowledged is None:
        yield "firing"
    if alert.acknowledged_at and not was_acknowledged:
        yield "acknowledged"
    if alert.resolved_at:
        yield "resolved"

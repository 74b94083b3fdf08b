"""What else happened around a change: alerts that fired, halts, and other changes, within 15 minutes of it."""

from datetime import datetime
from typing import Annotated

import msgspec
from django.db.models import Q, QuerySet
from msgspec import Meta

from alerts.models import Alert
from configuration.models import GLOBAL, Change
from desk.changes import all_changes
from desk.entries import History
from desk.events import Event, events
from effects.domain.spans import LENGTHS, Pair
from halts.models import HaltChange

WITHIN = LENGTHS["15m"]
MOST_SHOWN = 50


class FiredAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that fired around a change; about a market, or about something else by its name."""

    id: int
    rule: str
    severity: str
    about: Annotated[str, Meta(description="A symbol, or the name of what is no market.")]
    fired_at: datetime
    resolved_at: Annotated[datetime | None, Meta(description="Null while it fires.")]


class BeforeAndAfter(msgspec.Struct, frozen=True):
    """How many there were."""

    before: int
    after: int


class AroundChange(msgspec.Struct, frozen=True, kw_only=True):
    """Within 15 minutes of a change, on either side, whatever else was changed meanwhile."""

    start: datetime
    end: datetime
    fills_until: Annotated[datetime | None, Meta(description="Null once it is over.")]
    alerts: Annotated[
        list[FiredAlert] | None,
        Meta(description="The newest first, 50 at most; null for who may not see alerts."),
    ]
    alerts_counted: Annotated[BeforeAndAfter | None, Meta(description="All of them.")]
    decisions: Annotated[
        list[Event],
        Meta(
            description="Halts, resumptions and other changes that bear on the level, the newest first, 50 at most."
        ),
    ]
    decisions_counted: Annotated[int, Meta(description="All of them.")]


def nearby(change: Change, shortest: Pair, *, may_see_alerts: bool) -> AroundChange:
    """`shortest` is 15 minutes long, as nothing cuts it."""
    start, end = change.history_date - WITHIN, change.history_date + WITHIN
    fired = _alerts(change).filter(fired_at__gte=start, fired_at__lt=end)
    decided = _decisions(change, start, end)
    before = Q(fired_at__lt=change.history_date)
    return AroundChange(
        start=start,
        end=end,
        fills_until=shortest.fills_until,
        alerts=[_fired(alert) for alert in fired.order_by("-fired_at", "-pk")[:MOST_SHOWN]]
        if may_see_alerts
        else None,
        alerts_counted=BeforeAndAfter(fired.filter(before).count(), fired.exclude(before).count())
        if may_see_alerts
        else None,
        decisions=events(decided, MOST_SHOWN),
        decisions_counted=len(decided),
    )


def _alerts(change: Change) -> QuerySet[Alert]:
    """About the symbol of its level and about what is no market; of all symbols about everything."""
    return Alert.objects.filter(symbol__in=("", change.symbol)) if change.symbol else Alert.objects.all()


def _decisions(change: Change, start: datetime, end: datetime) -> History:
    """What bears on the level: of all symbols, what is about any of them does."""
    changes = (
        all_changes()
        .filter(strategy_id=change.strategy_id, history_date__gte=start, history_date__lt=end)
        .exclude(history_id=change.history_id)
    )
    halts = HaltChange.objects.filter(strategy_id__in=("", change.strategy_id), at__gte=start, at__lt=end)
    if change.symbol:
        about = {"symbol__in": (GLOBAL, change.symbol)}
        changes, halts = changes.filter(**about), halts.filter(**about)
    return History(changes, halts)


def _fired(alert: Alert) -> FiredAlert:
    return FiredAlert(
        id=alert.pk,
        rule=alert.rule_name,
        severity=alert.severity,
        about=alert.name,
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
    )

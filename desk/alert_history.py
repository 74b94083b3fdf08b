"""What people decided about alerts, read as one log: rules, channels, silences, and who looked after what."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from alerts.domain import words
from alerts.models import Alert, AlertRule, Channel, Silence
from configuration.models import Source
from desk.alert_rules import page_of_alerts
from desk.entries import NEWEST_FIRST, keyed
from desk.pages import render

PAGE_SIZE = 50
Kind = Literal["rule", "channel", "silence", "silence ended", "alert"]
LOGS: dict[Kind, tuple[Any, str]] = {
    "rule": (AlertRule.history.all(), "history_date"),
    "channel": (Channel.history.all(), "history_date"),
    "silence": (Silence.objects.all(), "made_at"),
    "silence ended": (Silence.objects.filter(ended_at__isnull=False), "ended_at"),
    "alert": (Alert.objects.filter(acknowledged_at__isnull=False), "acknowledged_at"),
}
"""Each with when something happened."""


class Decision(NamedTuple):
    """Who decided what about what, and why; `said` is what holds since, `url` leads to it while there is a page."""

    kind: Kind
    at: datetime
    actor: str
    deed: str
    name: str
    reason: str
    said: str = ""
    changed_by: str = ""
    source: str = ""
    url: str = ""


class Decisions:
    """All of them, the newest first. It is counted and sliced as a queryset is, so that a page costs what it shows."""

    def __init__(self) -> None:
        first, *others = (keyed(log, kind, at, "pk") for kind, (log, at) in LOGS.items())
        self._keys = first.union(*others, all=True).order_by(*NEWEST_FIRST)

    def __len__(self) -> int:
        return int(self._keys.count())

    def __getitem__(self, span: slice) -> list[Decision]:
        keys = [(kind, key) for _, kind, key in self._keys[span]]
        by_kind: defaultdict[Kind, list[int]] = defaultdict(list)
        for kind, key in keys:
            by_kind[kind].append(key)
        found = {(kind, key): each for kind, ids in by_kind.items() for key, each in _decided(kind, ids)}
        return [found[each] for each in keys if each in found]


def _decided(kind: Kind, ids: Iterable[int]) -> Iterator[tuple[int, Decision]]:
    log, _ = LOGS[kind]
    rows = log.filter(pk__in=ids)
    there = _there(kind, rows)
    for row in rows:
        yield row.pk, READ[kind](row, there)


def _there(kind: Kind, rows: Iterable[Any]) -> set[int]:
    """Of the rules or channels of some versions, those that are not deleted."""
    models: dict[Kind, Any] = {"rule": AlertRule, "channel": Channel}
    if kind not in models:
        return set()
    found = models[kind].objects.filter(pk__in={row.id for row in rows})
    return set(found.order_by().values_list("pk", flat=True))


def _rule(row: Any, there: set[int]) -> Decision:
    said = words.sentence(row.instance.rule()) + ("" if row.is_enabled else " Disabled.")
    return _version(row, "rule", said, there)


def _channel(row: Any, there: set[int]) -> Decision:
    state = "" if row.is_enabled else " Disabled."
    said = f"{row.get_kind_display()}, from {row.get_least_severity_display().lower()} on.{state}"
    return _version(row, "channel", said, there)


def _version(row: Any, kind: Kind, said: str, there: set[int]) -> Decision:
    return Decision(
        kind=kind,
        at=row.history_date,
        actor=row.actor,
        deed=f"{kind} {row.action.label.lower()}, version {row.version}",
        name=row.name,
        reason=row.history_change_reason or "",
        said=said,
        changed_by=row.changed_by,
        source=Source(row.source).label,
        url=reverse(f"alerts:{kind}", args=[row.id]) if row.id in there else "",
    )


def _silence(row: Silence, _: set[int]) -> Decision:
    return Decision(
        kind="silence",
        at=row.made_at,
        actor=row.actor,
        deed="silenced",
        name=str(row),
        reason=row.reason,
        said=f"Until {row.until:%-d %B %Y, %H:%M:%S} UTC.",
        changed_by=row.changed_by,
        source=Source(row.source).label,
    )


def _silence_ended(row: Silence, _: set[int]) -> Decision:
    return Decision(
        kind="silence ended",
        at=cast(datetime, row.ended_at),
        actor=row.ended_by,
        deed="no longer silenced",
        name=str(row),
        reason=row.ended_reason,
    )


def _alert(row: Alert, _: set[int]) -> Decision:
    return Decision(
        kind="alert",
        at=cast(datetime, row.acknowledged_at),
        actor=row.acknowledged_by,
        deed="acknowledged",
        name=f"{row.rule_name}, {row.place}",
        reason=row.acknowledged_note,
        said=f"It fired on {row.fired_at:%-d %B %Y, %H:%M:%S} UTC.",
    )


READ: dict[Kind, Any] = {
    "rule": _rule,
    "channel": _channel,
    "silence": _silence,
    "silence ended": _silence_ended,
    "alert": _alert,
}


@page_of_alerts
def history(request: HttpRequest) -> HttpResponse:
    """All that was decided, a page at a time."""
    pages: Paginator[Decision] = Paginator(Decisions(), PAGE_SIZE)  # type: ignore[arg-type]  # it takes slices
    current = pages.get_page(request.GET.get("page"))
    return render(request, "desk/alerts/history.html", "History of alerts", current=current)

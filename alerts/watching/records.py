"""What the process that watches reads of the database, and writes there. Raises django.db.Error."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import msgspec

from alerts.delivery.making import tell_firing, tell_resolved
from alerts.domain.entities import Entity, Thing, name_of
from alerts.domain.judges import Entry, Key
from alerts.domain.judging import Fired, Firing, Resolved, Unjudged
from alerts.domain.rules import Rule
from alerts.domain.scene import market_at, place_of
from alerts.models import Alert, AlertRule, Watch
from alerts.moments import moment
from alerts.watching.lease import ONLY
from metrics.domain.market import MarketId

SIGHT_SECONDS = 10.0
"""What was pending when somebody looked last goes on where another looks so soon; nobody knows what was in between."""
MOST_PENDING = 1_000
"""Of what is pending so many are kept, the oldest: the lease is written every second."""


class Held(msgspec.Struct, frozen=True, array_like=True):
    """Something pending, as it is kept beside the lease. `symbol` is the name of what is at no `place`."""

    rule_id: int
    version: int
    symbol: str
    place: str
    since: float


def versions() -> dict[int, int]:
    """The version of every rule, by its id."""
    return dict(AlertRule.objects.order_by().values_list("pk", "version"))


def rules() -> dict[int, Rule]:
    """Every rule, by its id."""
    return {row.pk: row.rule() for row in AlertRule.objects.order_by("pk")}


def firing() -> list[Alert]:
    """The alerts that fire."""
    return list(Alert.objects.filter(resolved_at=None).order_by("pk"))


def entity_of(alert: Alert) -> Entity:
    """What an alert is about."""
    return Thing(alert.entity) if alert.entity else market_at(alert.symbol, alert.market)


def as_judged(alert: Alert) -> Firing:
    """What a judge must know of it."""
    return Firing(
        pending_since=alert.pending_since.timestamp(),
        fired_at=alert.fired_at.timestamp(),
        worst=alert.worst_value,
        unjudged_since=alert.unjudged_since.timestamp() if alert.unjudged_since else None,
    )


def held(pending: Mapping[Key, float], rules: Mapping[int, Rule]) -> list[list[object]]:
    """What is pending under these rules, to be kept beside the lease."""
    oldest = sorted(pending.items(), key=itemgetter(1))[:MOST_PENDING]
    return [
        [number, rules[number].version, name_of(entity), _place(entity), since]
        for (number, entity), since in oldest
    ]


def pending(rules: Mapping[int, Rule], now: float) -> dict[int, dict[Entity, float]]:
    """What was pending under these rules when somebody looked last, by rule; nothing where that is too long ago."""
    kept = Watch.objects.filter(pk=ONLY, heard_at__gt=moment(now - SIGHT_SECONDS)).first()
    found: dict[int, dict[Entity, float]] = {}
    for each in msgspec.convert(kept.pending if kept else [], list[Held]):
        rule = rules.get(each.rule_id)
        if rule and rule.version == each.version:
            entity = market_at(each.symbol, each.place) if each.place else Thing(each.symbol)
            found.setdefault(rule.id, {})[entity] = each.since
    return found


def write(entries: Sequence[Entry], known: Mapping[Key, int]) -> dict[Key, int]:
    """Write the changes in their order; `known` are the keys of the alerts that fire, and what is returned those after.

    In a transaction. Entries that have been written already, by a transaction of which nobody heard whether it went
    through, are not written again.
    """
    alerts = dict(known)
    for kind, group in groupby(entries, key=lambda entry: type(entry.change)):
        found = list(group)
        if kind is Fired:
            _write_fired(found, alerts)
        elif kind is Resolved:
            _write_resolved(found, alerts)
        else:
            _write_unjudged(found, alerts)
    return alerts


def write_worst(worst: Mapping[int, float]) -> None:
    """The worst values of alerts, by their keys."""
    rows = [Alert(pk=key, worst_value=value) for key, value in worst.items()]
    Alert.objects.bulk_update(rows, ["worst_value"], batch_size=500)


def _write_fired(entries: list[Entry], alerts: dict[Key, int]) -> None:
    """Rules are locked: nobody changes one meanwhile. What an older version of one said is not true any more."""
    ids = {entry.rule_id for entry in entries}
    rows = {row.pk: row for row in AlertRule.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    new = [
        (entry.key, _alert(rows[entry.rule_id], entry.change))
        for entry in entries
        if entry.rule_id in rows
        and rows[entry.rule_id].version == entry.version
        and isinstance(entry.change, Fired)
    ]
    at = {alert.fired_at for _, alert in new}
    written = {_identity(alert): alert.pk for alert in Alert.objects.filter(fired_at__in=at)}
    begun = [alert for _, alert in new if _identity(alert) not in written]
    Alert.objects.bulk_create(begun)
    tell_firing(begun, rows)
    alerts |= {key: written.get(_identity(alert), alert.pk) for key, alert in new}


def _write_resolved(entries: list[Entry], alerts: dict[Key, int]) -> None:
    ended = [
        (alerts.pop(entry.key), entry.change)
        for entry in entries
        if entry.key in alerts and isinstance(entry.change, Resolved)
    ]
    write_worst({key: change.worst for key, change in ended})
    for (at, because), group in groupby(ended, key=lambda each: (each[1].at, each[1].because)):
        still = Alert.objects.filter(pk__in=[key for key, _ in group], resolved_at=None)
        still.update(resolved_at=moment(at), resolved_because=because, unjudged_since=None)
    tell_resolved([key for key, _ in ended])


def _write_unjudged(entries: list[Entry], alerts: dict[Key, int]) -> None:
    marked = [
        (alerts[entry.key], entry.change.since)
        for entry in entries
        if entry.key in alerts and isinstance(entry.change, Unjudged)
    ]
    for since, group in groupby(marked, key=itemgetter(1)):
        still = Alert.objects.filter(pk__in=[key for key, _ in group], resolved_at=None)
        still.update(unjudged_since=None if since is None else moment(since))


def _place(entity: Entity) -> str:
    """Where a market is; empty for what is none."""
    return place_of(entity) if isinstance(entity, MarketId) else ""


def _alert(row: AlertRule, fired: Fired) -> Alert:
    name, place = name_of(fired.entity), _place(fired.entity)
    return Alert(
        rule=row,
        rule_number=row.pk,
        rule_version=row.version,
        rule_name=row.name,
        watch=row.watch,
        comparison=row.comparison,
        threshold=row.threshold,
        severity=row.severity,
        symbol=name if place else "",
        market=place,
        entity="" if place else name,
        value_at_firing=fired.value,
        worst_value=fired.value,
        pending_since=moment(fired.pending_since),
        fired_at=moment(fired.at),
    )


def _identity(alert: Alert) -> tuple[object, ...]:
    """No two alerts have the same."""
    return alert.rule_number, alert.symbol, alert.market, alert.entity, alert.fired_at

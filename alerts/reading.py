"""What is read of alerts: which fire, which did, of which nobody is told, the rules, and whether anybody watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from alerts.domain import silences
from alerts.exceptions import ChannelNotFound, RuleNotFound
from alerts.models import Alert, AlertRule, Channel, Silence, Watch
from alerts.moments import moment

STATES = ("firing", "resolved", "all")
SILENCE_STATES = ("in_force", "past", "all")


def alerts(state: str = "all", symbol: str = "", severity: str = "", entity: str = "") -> QuerySet[Alert]:
    """The alerts of a choice, the newest first."""
    chosen = Alert.objects.all()
    if state != "all":
        chosen = chosen.filter(resolved_at__isnull=state == "firing")
    if symbol:
        chosen = chosen.filter(symbol=symbol)
    if entity:
        chosen = chosen.filter(entity=entity)
    return chosen.filter(severity=severity) if severity else chosen


def rule(rule_id: int) -> AlertRule:
    """One rule; raises RuleNotFound."""
    row = AlertRule.objects.filter(pk=rule_id).first()
    if row is None:
        raise RuleNotFound(rule_id)
    return row


def channel(channel_id: int) -> Channel:
    """One channel; raises ChannelNotFound."""
    row = Channel.objects.filter(pk=channel_id).first()
    if row is None:
        raise ChannelNotFound(channel_id)
    return row


def enabled_rules() -> int:
    """How many rules are judged."""
    return AlertRule.objects.filter(is_enabled=True).count()


def silence_rows(state: str, now: datetime) -> QuerySet[Silence]:
    """Silences: those in force, the first to end before the others; or what is over, or all, the newest first."""
    rows = Silence.objects.annotate(is_over_at=Coalesce(F("ended_at"), F("until")))
    if state == "in_force":
        return rows.filter(ended_at=None, until__gt=now).order_by("until", "pk")
    return rows.filter(is_over_at__lte=now).order_by("-is_over_at", "-pk") if state == "past" else rows


def silences_in_force(now: datetime) -> list[silences.Silence]:
    """By which nobody is told of some alerts at this moment."""
    return [row.silence() for row in silence_rows("in_force", now)]


@dataclass(frozen=True, slots=True)
class Quiet:
    """The silences in force at `now`, and the quiet hours of rules that have any."""

    now: datetime
    silences: Sequence[silences.Silence]
    hours: Mapping[int, Sequence[str]]

    @classmethod
    def of(cls, now: datetime) -> "Quiet":
        """As the database has them."""
        hours = AlertRule.objects.exclude(quiet_hours=[]).order_by().values_list("pk", "quiet_hours")
        return cls(now, silences_in_force(now), dict(hours))

    def until(self, rule: int, symbol: str, severity: str) -> datetime | None:
        """Until when nobody is told of such an alert, as far as is known at `now`; None where people are told."""
        until = silences.silent_until(
            self.silences,
            self.hours.get(rule, ()),
            rule=rule,
            symbol=symbol,
            severity=severity,
            now=self.now.timestamp(),
        )
        return None if until is None else moment(until)

    def until_of(self, alert: Alert) -> datetime | None:
        """The same of one that is there."""
        return self.until(alert.rule_number, alert.symbol, alert.severity)


def unattended(now: datetime) -> int:
    """How many alerts fire that nobody looks after, and that are not silenced."""
    quiet = Quiet.of(now)
    return sum(quiet.until_of(alert) is None for alert in alerts("firing").filter(acknowledged_at=None))


@dataclass(frozen=True, slots=True)
class Watching:
    """Does a process watch, and when did one last? None where none ever has."""

    is_watched: bool
    heard_at: datetime | None


def watching(now: datetime) -> Watching:
    """Who holds the lease watches."""
    watch = Watch.objects.first()
    if watch is None:
        return Watching(is_watched=False, heard_at=None)
    return Watching(is_watched=watch.until > now, heard_at=watch.heard_at)

"""What is read of alerts: which fire, which did, the rules they fire by, and whether anybody watches."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from alerts.exceptions import ChannelNotFound, RuleNotFound
from alerts.models import Alert, AlertRule, Channel, Watch

STATES = ("firing", "resolved", "all")


def alerts(state: str = "all", symbol: str = "", severity: str = "") -> QuerySet[Alert]:
    """The alerts of a choice, the newest first."""
    chosen = Alert.objects.all()
    if state != "all":
        chosen = chosen.filter(resolved_at__isnull=state == "firing")
    if symbol:
        chosen = chosen.filter(symbol=symbol)
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

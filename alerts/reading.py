"""What is read of alerts: which fire, which did, and the rules they fire by."""

from django.db.models import QuerySet

from alerts.exceptions import RuleNotFound
from alerts.models import Alert, AlertRule

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

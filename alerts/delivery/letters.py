"""What a message says: for programs as JSON, for people as a subject and lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from alerts.api.answers import alert_item
from alerts.domain import words
from alerts.domain.rules import SEVERITIES
from alerts.models import Alert, Delivery, Message

NAMED = 3
LINES = 20
"""Of more alerts people get no line each; programs get them all."""
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, written: `body` is the JSON, `lines` the text. `severity` is the highest in it."""

    key: str
    body: bytes
    subject: str
    lines: str
    severity: str


def written(message: Message, deliveries: Sequence[Delivery]) -> Letter:
    """The same whenever it is written, but for what an alert has come to since."""
    severity = max((each.alert.severity for each in deliveries), key=SEVERITIES.index, default="info")
    told: dict[str, Any] = {
        "key": str(message.key),
        "is_test": message.is_test,
        "channel": message.channel_name,
        "made_at": message.made_at,
        "severity": severity,
        "summary": _summary(deliveries),
        "alerts": [{"key": each.key, "state": each.state, **alert_item(each.alert)} for each in deliveries],
    }
    subject = f"[{severity}] {told['summary']}" if deliveries else told["summary"]
    return Letter(str(message.key), encode(told), subject, _lines(deliveries), severity)


def _summary(deliveries: Sequence[Delivery]) -> str:
    if not deliveries:
        return "A test of Realtime Strategies: this channel works."
    parts = []
    for state, verb in (("firing", "fires"), ("resolved", "is over")):
        found = [each.alert for each in deliveries if each.state == state]
        for rule in dict.fromkeys(alert.rule_name for alert in found):
            parts.append(f"{rule} {verb}: {_names([each for each in found if each.rule_name == rule])}")
    more = f"; and {len(parts) - NAMED} more rules" if len(parts) > NAMED else ""
    return "; ".join(parts[:NAMED]) + more


def _names(alerts: Sequence[Alert]) -> str:
    names = list(dict.fromkeys(alert.name for alert in alerts))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _lines(deliveries: Sequence[Delivery]) -> str:
    if not deliveries:
        return "Somebody tried whether alerts can be told here. They can."
    lines = [_line(each) for each in deliveries[:LINES]]
    if len(deliveries) > LINES:
        lines.append(f"… and {len(deliveries) - LINES} more.")
    advice = dict.fromkeys(
        each.alert.rule.advice
        for each in deliveries
        if each.state == "firing" and each.alert.rule and each.alert.rule.advice
    )
    return "\n".join([*lines, *(["", *advice] if advice else [])])


def _line(delivery: Delivery) -> str:
    alert = delivery.alert
    limit = words.limit(alert.watch, alert.comparison, alert.threshold)
    place = alert.place
    if delivery.state == "resolved":
        return f"Over: {alert.rule_name}, {place}, {_time(alert.resolved_at)} ({alert.resolved_because})"
    value = words.value(alert.watch, alert.value_at_firing)
    measured = f"{value} ({limit})" if limit else value
    return f"Fires: {alert.rule_name}, {place}: {measured}, {_time(alert.fired_at)}"


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""

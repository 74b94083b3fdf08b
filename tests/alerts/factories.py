"""Rules and alerts of tests."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from alerts.domain import silences
from alerts.domain.channels import Channel
from alerts.domain.rules import Rule
from alerts.models import Alert, AlertRule, Silence
from alerts.models import Channel as Row
from alerts.services import LISTS, save_channel, save_rule, silence
from configuration.ledger import Author
from configuration.models import Source

SETUP = Author(source=Source.COMMAND, name="setup", reason="tests")
BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
FIRED = datetime(2026, 11, 28, 12, 0, 30, tzinfo=UTC)
HOOK = "https://8.8.8.8/services/T0PSECRET/path?token=hidden-token"
SECRET = "whsec_" + b64encode(b"what a webhook signs with").decode()
WIDE: dict[str, Any] = {
    "name": "Wide spread",
    "watch": "spread_bps_10s",
    "symbols": ["BTC*", "ETHUSDT"],
    "market": "",
    "entities": [],
    "comparison": "above",
    "threshold": 10.0,
    "clear_at": 8.0,
    "for_seconds": 30.0,
    "severity": "warning",
    "advice": "Look at the book.",
    "quiet_hours": [],
    "channels": [],
    "is_enabled": True,
}
"""What a rule says, as REST has it."""


def rule(**changes: Any) -> Rule:
    """WIDE, but for `changes`."""
    contents = WIDE | changes
    lists = {name: tuple(contents[name]) for name in LISTS}
    return Rule(**{"id": 0, **contents, **lists})


def saved(**changes: Any) -> AlertRule:
    """The same, in the database."""
    return save_rule(rule(**changes), author=SETUP).row


def channel(**changes: Any) -> Channel:
    """A webhook, but for `changes`."""
    contents: dict[str, Any] = {"name": "Desk", "kind": "webhook", "address": HOOK, "secret": SECRET}
    return Channel(**contents | changes)


def saved_channel(**changes: Any) -> Row:
    """The same, in the database."""
    return save_channel(channel(**changes), author=SETUP).row


def fired(row: AlertRule, symbol: str = "BTCUSDT", **changes: Any) -> Alert:
    """An alert by a rule, as the process that watches makes one."""
    contents: dict[str, Any] = {
        "rule": row,
        "rule_number": row.pk,
        "rule_version": row.version,
        "rule_name": row.name,
        "watch": row.watch,
        "comparison": row.comparison,
        "threshold": row.threshold,
        "severity": row.severity,
        "symbol": symbol,
        "market": "binance",
        "value_at_firing": 12.5,
        "worst_value": 14.0,
        "pending_since": BEGAN,
        "fired_at": FIRED,
    }
    return Alert.objects.create(**contents | changes)


def silenced(**what: Any) -> Silence:
    """A silence of an hour from now, as a risk manager makes one."""
    until = timezone.now().timestamp() + 3_600
    return silence(silences.Silence(**{"until": until, **what}), author=SETUP)

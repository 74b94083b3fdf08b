"""The bodies that clients get of rules, alerts and what can be watched."""

import math
from datetime import datetime
from typing import Annotated, TypedDict

from msgspec import Meta

from alerts.domain.channels import KINDS
from alerts.domain.rules import COMPARISONS, SEVERITIES
from alerts.domain.watched import CATALOGUE, Watched
from alerts.models import Alert, AlertRule, Because, Channel, Message
from rest.shapes import one_of

ComparisonWord = Annotated[str, one_of(COMPARISONS)]
KindWord = Annotated[str, one_of(KINDS)]
SeverityWord = Annotated[str, one_of(SEVERITIES)]


class RuleItem(TypedDict):
    """A rule, and the version it is in."""

    id: int
    name: str
    watch: Annotated[str, Meta(description="A name of `/alerts/watched`.")]
    symbols: Annotated[list[str], Meta(description="Symbols, or patterns with *; none: every symbol.")]
    market: Annotated[str, Meta(description="As in binance-usdm; empty for the market that is followed.")]
    comparison: ComparisonWord
    threshold: float
    clear_at: Annotated[float | None, Meta(description="Where it is resolved; null: at the threshold.")]
    for_seconds: float
    severity: SeverityWord
    advice: str
    channels: Annotated[list[int], Meta(description="Ids of the channels its alerts are told on.")]
    is_enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime


class AlertItem(TypedDict):
    """What fired, as the rule was then."""

    id: int
    rule: Annotated[int | None, Meta(description="Null where the rule was deleted since.")]
    rule_version: int
    rule_name: str
    watch: str
    comparison: ComparisonWord
    threshold: float
    unit: Annotated[str, Meta(description="Of all values; empty where they have none.")]
    severity: SeverityWord
    symbol: str
    market: str
    value_at_firing: float
    worst_value: Annotated[float, Meta(description="Furthest beyond the threshold while it fired.")]
    pending_since: Annotated[datetime, Meta(description="Since when the condition held.")]
    fired_at: datetime
    resolved_at: Annotated[datetime | None, Meta(description="Null while it fires.")]
    resolved_because: Annotated[str | None, one_of(Because.values)]
    unjudged_since: Annotated[
        datetime | None, Meta(description="While it fires: since when there is no value to judge.")
    ]
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_note: str | None


class WatchedItem(TypedDict):
    """One thing that rules may watch."""

    name: str
    of: Annotated[str, Meta(description="What has one.")]
    label: str
    description: str
    unit: Annotated[str, Meta(description="Empty where it has none.")]
    least: float | None
    most: Annotated[float | None, Meta(description="Null where there is no end.")]
    example: Annotated[float, Meta(description="A threshold to begin with.")]


class ChannelItem(TypedDict):
    """Where alerts are told. Address and secret are shown to nobody."""

    id: int
    name: str
    kind: KindWord
    shown: Annotated[
        str | None,
        Meta(description="Of the address, what is no secret; null for who may not change channels."),
    ]
    least_severity: SeverityWord
    is_enabled: bool
    version: int
    created_at: datetime
    updated_at: datetime


class TrialItem(TypedDict):
    """What became of a test."""

    key: Annotated[str, Meta(description="What the message was sent under.")]
    is_delivered: bool
    answer: Annotated[str, Meta(description="Of the receiver, or why there is none.")]


def rule_item(row: AlertRule) -> RuleItem:
    return {
        "id": row.pk,
        "name": row.name,
        "watch": row.watch,
        "symbols": row.symbols,
        "market": row.market,
        "comparison": row.comparison,
        "threshold": row.threshold,
        "clear_at": row.clear_at,
        "for_seconds": row.for_seconds,
        "severity": row.severity,
        "advice": row.advice,
        "channels": row.channels,
        "is_enabled": row.is_enabled,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def alert_item(alert: Alert) -> AlertItem:
    watched = CATALOGUE.get(alert.watch)
    return {
        "id": alert.pk,
        "rule": alert.rule_id,
        "rule_version": alert.rule_version,
        "rule_name": alert.rule_name,
        "watch": alert.watch,
        "comparison": alert.comparison,
        "threshold": alert.threshold,
        "unit": watched.unit if watched else "",
        "severity": alert.severity,
        "symbol": alert.symbol,
        "market": alert.market,
        "value_at_firing": alert.value_at_firing,
        "worst_value": alert.worst_value,
        "pending_since": alert.pending_since,
        "fired_at": alert.fired_at,
        "resolved_at": alert.resolved_at,
        "resolved_because": alert.resolved_because or None,
        "unjudged_since": alert.unjudged_since,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by or None,
        "acknowledged_note": alert.acknowledged_note or None,
    }


def channel_item(row: Channel, *, is_open: bool) -> ChannelItem:
    """`is_open`: for who may change it."""
    return {
        "id": row.pk,
        "name": row.name,
        "kind": row.kind,
        "shown": row.shown if is_open else None,
        "least_severity": row.least_severity,
        "is_enabled": row.is_enabled,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def trial_item(message: Message) -> TrialItem:
    return {
        "key": str(message.key),
        "is_delivered": message.delivered_at is not None,
        "answer": message.answer,
    }


def watched_item(watched: Watched) -> WatchedItem:
    return {
        "name": watched.name,
        "of": watched.of,
        "label": watched.label,
        "description": watched.description,
        "unit": watched.unit,
        "least": finite(watched.least),
        "most": finite(watched.most),
        "example": watched.example,
    }


def finite(bound: float) -> float | None:
    """A bound as JSON can say it."""
    return bound if math.isfinite(bound) else None

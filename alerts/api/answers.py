"""The bodies that clients get of rules, alerts, silences and what can be watched."""

import math
from datetime import datetime
from typing import Annotated, TypedDict

from msgspec import Meta

from alerts.domain.channels import KINDS
from alerts.domain.entities import KINDS as KINDS_OF_ENTITIES
from alerts.domain.rules import COMPARISONS, SEVERITIES
from alerts.domain.watched import CATALOGUE, Watched
from alerts.models import Alert, AlertRule, Because, Channel, Message, Silence
from alerts.trying import MOST_LISTED, RESOLUTION, Tried
from rest.shapes import one_of

BecauseWord = Annotated[str, one_of(Because.values)]
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
    entities: Annotated[
        list[str], Meta(description="Of what is no market: names, or patterns with *; none: all of its kind.")
    ]
    comparison: ComparisonWord
    threshold: float
    clear_at: Annotated[float | None, Meta(description="Where it is resolved; null: at the threshold.")]
    for_seconds: float
    severity: SeverityWord
    advice: str
    quiet_hours: Annotated[list[str], Meta(description="As in Mon-Fri 22:00-06:00, in UTC.")]
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
    symbol: Annotated[str | None, Meta(description="Null where it is about no market.")]
    market: Annotated[str | None, Meta(description="The same.")]
    entity: Annotated[str | None, Meta(description="The name of what it is about; null of a market.")]
    value_at_firing: float
    worst_value: Annotated[float, Meta(description="Furthest beyond the threshold while it fired.")]
    pending_since: Annotated[datetime, Meta(description="Since when the condition held.")]
    fired_at: datetime
    resolved_at: Annotated[datetime | None, Meta(description="Null while it fires.")]
    resolved_because: BecauseWord | None
    unjudged_since: Annotated[
        datetime | None, Meta(description="While it fires: since when there is no value to judge.")
    ]
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_note: str | None
    silenced_until: Annotated[
        datetime | None, Meta(description="Until when people are not told of it; null where they are.")
    ]


class SilenceItem(TypedDict):
    """For how long nobody is told of which alerts, and why. Of what is given all must hold."""

    id: int
    rule: Annotated[int | None, Meta(description="Alerts by this rule; null: by any.")]
    rule_name: Annotated[str | None, Meta(description="What it was called then.")]
    symbol: Annotated[str | None, Meta(description="Of this symbol, or pattern with *; null: of any.")]
    severity: SeverityWord | None
    made_at: datetime
    until: datetime
    reason: str
    actor: str
    changed_by: str | None
    ended_at: Annotated[datetime | None, Meta(description="When somebody ended it before its time.")]
    ended_by: str | None
    ended_reason: str | None


class FiredItem(TypedDict):
    """A time for which an alert would have fired."""

    symbol: str
    market: str
    since: datetime
    until: Annotated[datetime | None, Meta(description="Null where it still would.")]


class FiredOften(TypedDict):
    """How often for a symbol."""

    symbol: str
    fired: int


class TriedItem(TypedDict):
    """What a rule would have done. All counts are null where that cannot be said, and `why_not` says why."""

    start: datetime
    end: datetime
    why_not: str | None
    resolution: Annotated[str, Meta(description="What can be told from minutes, in a sentence.")]
    fired: Annotated[int | None, Meta(description="How often, of all markets that were judged.")]
    by_symbol: Annotated[list[FiredOften], Meta(description="The most often first, at most 50.")]
    spans: Annotated[list[FiredItem], Meta(description="When, the newest first, at most 50.")]
    minutes_beyond: Annotated[
        int | None,
        Meta(description="Minutes of all markets with a moment beyond the threshold."),
    ]
    markets_beyond: Annotated[int | None, Meta(description="How many markets these are of.")]
    markets_judged: Annotated[int | None, Meta(description="How many of them were judged, at most 100.")]


class WatchedItem(TypedDict):
    """One thing that rules may watch."""

    name: str
    of: Annotated[str, one_of(KINDS_OF_ENTITIES)]
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
        "entities": row.entities,
        "comparison": row.comparison,
        "threshold": row.threshold,
        "clear_at": row.clear_at,
        "for_seconds": row.for_seconds,
        "severity": row.severity,
        "advice": row.advice,
        "quiet_hours": row.quiet_hours,
        "channels": row.channels,
        "is_enabled": row.is_enabled,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def alert_item(alert: Alert, silenced_until: datetime | None = None) -> AlertItem:
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
        "symbol": alert.symbol or None,
        "market": alert.market or None,
        "entity": alert.entity or None,
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
        "silenced_until": silenced_until,
    }


def silence_item(row: Silence) -> SilenceItem:
    return {
        "id": row.pk,
        "rule": row.rule_number,
        "rule_name": row.rule_name or None,
        "symbol": row.symbol or None,
        "severity": row.severity or None,
        "made_at": row.made_at,
        "until": row.until,
        "reason": row.reason,
        "actor": row.actor,
        "changed_by": row.changed_by or None,
        "ended_at": row.ended_at,
        "ended_by": row.ended_by or None,
        "ended_reason": row.ended_reason or None,
    }


def tried_item(tried: Tried) -> TriedItem:
    is_known = not tried.why_not
    return {
        "start": tried.start,
        "end": tried.end,
        "why_not": tried.why_not or None,
        "resolution": RESOLUTION,
        "fired": len(tried.stretches) if is_known else None,
        "by_symbol": [{"symbol": symbol, "fired": times} for symbol, times in tried.by_symbol[:MOST_LISTED]],
        "spans": [
            {"symbol": symbol, "market": place, "since": since, "until": until}
            for symbol, place, since, until in tried.listed
        ],
        "minutes_beyond": tried.minutes_beyond if is_known else None,
        "markets_beyond": tried.touched if is_known else None,
        "markets_judged": tried.judged if is_known else None,
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

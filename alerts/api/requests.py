"""What requests about rules, alerts and silences may contain. Only types are checked here: what they may say is judged
where they are saved."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from alerts.domain.channels import KINDS, Channel
from alerts.domain.quiet import MOST_SPANS
from alerts.domain.rules import (
    COMPARISONS,
    MOST_CHANNELS,
    MOST_ENTITIES,
    MOST_SYMBOLS,
    SEVERITIES,
    Rule,
)
from alerts.domain.silences import ANY_SEVERITY, ANY_SYMBOL, Silence
from alerts.reading import SILENCE_STATES, STATES
from alerts.services import CONTENTS, LISTS
from configuration.api import fields
from configuration.api.bodies import RequestBody
from configuration.api.queries import ConfigurationQuery

MOST_LISTED = 1000
MOST_ID = 2**63 - 1


class Explained(RequestBody):
    """Base: every change of a rule says why."""

    reason = fields.Text(max_length=fields.REASON_LENGTH, help_text="Why; it stands in the history.")
    changed_by = fields.changed_by()


class RuleBody(Explained):
    """A whole rule, and why it is to be so. What a GET answers can be sent back with a reason."""

    ignored = frozenset({"id", "version", "created_at", "updated_at"})

    name = fields.Text(help_text="What it is called, and nothing else is.")
    watch = fields.Text(help_text="A name of `/alerts/watched`.")
    symbols = fields.TextList(
        MOST_SYMBOLS, least=0, required=False, help_text="Symbols, or patterns with *; none: every symbol."
    )
    market = fields.Text(
        required=False,
        allow_blank=True,
        default="",
        help_text="As in binance-usdm; empty for the market that is followed.",
    )
    entities = fields.TextList(
        MOST_ENTITIES,
        least=0,
        required=False,
        help_text="Where what is watched is of no market: names, or patterns with *; none: all of its kind.",
    )
    comparison = fields.OneOf(COMPARISONS, help_text="On which side of the threshold it fires.")
    threshold = fields.Number(help_text="In the unit of what is watched.")
    clear_at = fields.Number(
        required=False,
        allow_null=True,
        default=None,
        help_text="Where it is resolved; null: at the threshold.",
    )
    for_seconds = fields.Number(
        required=False, default=0.0, help_text="For how long the condition must hold."
    )
    severity = fields.OneOf(SEVERITIES, required=False, default="warning", help_text="How much it matters.")
    advice = fields.Text(required=False, allow_blank=True, default="", help_text="What to do about it.")
    quiet_hours = fields.TextList(
        MOST_SPANS,
        least=0,
        required=False,
        help_text="Spans of the week in which nobody is told, as in Mon-Fri 22:00-06:00, in UTC.",
    )
    channels = fields.IdList(
        MOST_CHANNELS,
        required=False,
        help_text="Ids of channels its alerts are told on; none: pages and NATS alone.",
    )
    is_enabled = fields.Flag(required=False, default=True, help_text="Is it judged at all?")


class RuleToTry(RuleBody):
    """A rule that may never be saved: it needs neither name nor reason."""

    name = fields.Text(required=False, default="A rule", help_text="What it is called.")
    reason = fields.Text(required=False, allow_blank=True, default="", help_text="Passed over.")


def rule_of(body: dict[str, Any], rule_id: int = 0) -> Rule:
    """The rule a body describes."""
    contents = {name: body[name] for name in CONTENTS if name in body}
    lists = {name: tuple(body.get(name, ())) for name in LISTS}
    return Rule(id=rule_id, **contents | lists)


class SilenceBody(Explained):
    """What is to be silent, and for how long: `until` a moment, or `for_seconds` from now on."""

    rule = fields.Whole(
        1, MOST_ID, required=False, help_text="Alerts by the rule of this id; left out: by any."
    )
    symbol = fields.Text(required=False, help_text="Of this symbol, or pattern with *; left out: of any.")
    severity = fields.OneOf(SEVERITIES, required=False, help_text="Of this severity; left out: of any.")
    until = fields.Moment(required=False, help_text="When it is over, at most 30 days ahead.")
    for_seconds = fields.Number(required=False, help_text="For how long, in its place.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("until") is None) == (attrs.get("for_seconds") is None):
            raise serializers.ValidationError({"until": "is required, or for_seconds; not both"})
        return attrs


def silence_of(body: dict[str, Any], now: datetime) -> Silence:
    """The silence a body describes."""
    until = body.get("until")
    return Silence(
        rule=body.get("rule"),
        symbol=body.get("symbol") or ANY_SYMBOL,
        severity=body.get("severity") or ANY_SEVERITY,
        until=until.timestamp() if until else now.timestamp() + body["for_seconds"],
    )


class SilencesQuery(ConfigurationQuery):
    """Which silences to list."""

    state = fields.OneOf(SILENCE_STATES, required=False, default="in_force", help_text="What became of them.")
    limit = fields.WholeInQuery(1, MOST_LISTED, default=100, help_text="How many.")
    offset = fields.WholeInQuery(0, fields.VERSION_LIMIT, default=0, help_text="How many to skip.")


class SilenceEnding(ConfigurationQuery):
    """Why a silence is ended."""

    reason = fields.Text(max_length=fields.REASON_LENGTH, help_text="Why; it is kept with the silence.")


class ChannelBody(Explained):
    """A channel, and why it is to be so. What a GET answers can be sent back with a reason: what is secret stays."""

    ignored = frozenset({"id", "shown", "version", "created_at", "updated_at"})

    name = fields.Text(help_text="What it is called, and nothing else is.")
    kind = fields.OneOf(KINDS, help_text="How it is told.")
    address = fields.Secret(
        help_text="URL of a webhook, addresses of e-mail parted by commas, or URL of a service as Apprise has it."
    )
    secret = fields.Secret(help_text="What a webhook signs with: base64 of 24 to 64 bytes.")
    least_severity = fields.OneOf(
        SEVERITIES, required=False, default="info", help_text="What is milder is not told there."
    )
    is_enabled = fields.Flag(required=False, default=True, help_text="Is anything told there?")


def channel_of(body: dict[str, Any], channel_id: int = 0) -> Channel:
    """The channel a body describes."""
    return Channel(
        id=channel_id,
        name=body["name"],
        kind=body["kind"],
        address=body.get("address") or "",
        secret=body.get("secret") or "",
        least_severity=body["least_severity"],
        is_enabled=body["is_enabled"],
    )


class ChannelTrial(RequestBody):
    """Nothing needs to be said to send a test."""

    changed_by = fields.changed_by()


class RuleDeletion(ConfigurationQuery):
    """Why a rule is deleted."""

    reason = fields.Text(max_length=fields.REASON_LENGTH, help_text="Why; it stands in the history.")
    changed_by = fields.changed_by()


class Acknowledgement(RequestBody):
    """What whoever looks after an alert has to say."""

    note = fields.Text(required=False, allow_blank=True, default="", help_text="What is being done.")
    changed_by = fields.changed_by()


class AlertsQuery(ConfigurationQuery):
    """Which alerts to list."""

    state = fields.OneOf(STATES, required=False, default="firing", help_text="What became of them.")
    symbol = fields.symbol("Of this symbol alone, in any case.")
    entity = fields.Text(required=False, help_text="Of what is no market and has this name alone.")
    severity = fields.OneOf(SEVERITIES, required=False, help_text="Of this severity alone.")
    limit = fields.WholeInQuery(1, MOST_LISTED, default=100, help_text="How many, the newest first.")
    offset = fields.WholeInQuery(0, fields.VERSION_LIMIT, default=0, help_text="How many to skip.")

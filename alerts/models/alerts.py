"""The alerts that fired: written by the process that watches; acknowledging them is a service."""

from django.db import models

from alerts.domain.entities import LONGEST_NAME
from alerts.domain.rules import NAME_LENGTH
from alerts.models.rules import CHOICES_OF_COMPARISON, CHOICES_OF_SEVERITY, AlertRule

NOTE_LENGTH = 500


class Because(models.TextChoices):
    """Why an alert is over."""

    BACK = "back", "the figure came back"
    RULE_CHANGED = "rule changed", "the rule was changed"
    RULE_DISABLED = "rule disabled", "the rule was disabled"
    RULE_DELETED = "rule deleted", "the rule was deleted"
    MARKET_GONE = "market gone", "the market is no longer there"
    GONE = "gone", "it is no longer there"


UNPUBLISHED = models.Q(firing_published_at=None) | models.Q(
    resolved_at__isnull=False, resolved_published_at=None
)
"""Alerts of which NATS has not been told everything yet."""


class Alert(models.Model):
    """A rule fired for an entity: a market, or something else by its name. What it said then stays, whatever becomes
    of the rule.

    Firing while `resolved_at` is empty. Who deletes a rule resolves its alerts in the same transaction; all else is up
    to the process that watches, which resolves only what is not resolved already.
    """

    rule = models.ForeignKey(AlertRule, models.SET_NULL, null=True, related_name="alerts")
    rule_number = models.PositiveBigIntegerField(help_text="the rule's id, also when it has been deleted")
    rule_version = models.PositiveIntegerField()
    rule_name = models.CharField(max_length=NAME_LENGTH)
    watch = models.CharField(max_length=40)
    comparison = models.CharField(max_length=5, choices=CHOICES_OF_COMPARISON)
    threshold = models.FloatField()
    severity = models.CharField(max_length=8, choices=CHOICES_OF_SEVERITY)
    symbol = models.CharField(max_length=32, blank=True)
    market = models.CharField(max_length=64, blank=True)
    entity = models.CharField(
        max_length=LONGEST_NAME, blank=True, help_text="of what is no market its name; empty of a market"
    )
    value_at_firing = models.FloatField()
    worst_value = models.FloatField(help_text="furthest beyond the threshold while it fired")
    pending_since = models.DateTimeField(help_text="since when the condition held")
    fired_at = models.DateTimeField(help_text="when it had held for long enough")
    resolved_at = models.DateTimeField(null=True)
    resolved_because = models.CharField(max_length=20, blank=True, choices=Because.choices)
    unjudged_since = models.DateTimeField(null=True, help_text="while it fires: since when there is no value")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    acknowledged_note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    firing_published_at = models.DateTimeField(null=True, help_text="when NATS was told that it fires")
    resolved_published_at = models.DateTimeField(null=True, help_text="and that it is over")

    class Meta:
        ordering = ["-fired_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("acknowledge_alert", "Can acknowledge alerts")]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "symbol", "market", "entity"],
                condition=models.Q(resolved_at=None),
                name="one_firing_alert_per_rule_and_entity",
            ),
            models.CheckConstraint(
                condition=models.Q(~models.Q(symbol=""), entity="")
                | models.Q(~models.Q(entity=""), symbol="", market=""),
                name="an_alert_is_about_a_market_or_something_else",
            ),
            models.CheckConstraint(
                condition=models.Q(resolved_at=None, resolved_because="")
                | (models.Q(resolved_at__isnull=False) & ~models.Q(resolved_because="")),
                name="what_is_resolved_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["-fired_at", "-id"], name="alerts_newest_first"),
            models.Index(fields=["fired_at"], condition=models.Q(resolved_at=None), name="alerts_that_fire"),
            models.Index(fields=["fired_at"], condition=UNPUBLISHED, name="alerts_to_publish"),
            models.Index(
                fields=["resolved_at"],
                condition=models.Q(resolved_at__isnull=False),
                name="alerts_resolved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_name} · {self.name}"

    @property
    def name(self) -> str:
        """What it is about, in a word: a symbol, or the name of what is no market."""
        return self.entity or self.symbol

    @property
    def place(self) -> str:
        """The same, and where: "BTCUSDT at binance"."""
        return self.entity or f"{self.symbol} at {self.market}"

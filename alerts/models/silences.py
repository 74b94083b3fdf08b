"""Silences: written by `alerts.services` alone, and kept when they are over."""

from datetime import datetime

from django.db import models

from alerts.domain import silences
from alerts.domain.rules import LONGEST_PATTERN, NAME_LENGTH
from alerts.models.rules import CHOICES_OF_SEVERITY
from configuration.models import Source


class Silence(models.Model):
    """A silence as `alerts.domain.silences.Silence` has it. In force until `until`, unless ended before.

    The rule is kept by its number: where it was deleted, the silence is about nothing, and not about everything.
    """

    rule_number = models.PositiveBigIntegerField(
        null=True, help_text="the rule's id; none: whatever the rule"
    )
    rule_name = models.CharField(max_length=NAME_LENGTH, blank=True, help_text="what it was called then")
    symbol = models.CharField(max_length=LONGEST_PATTERN, blank=True, help_text="or a pattern; empty: any")
    severity = models.CharField(max_length=8, blank=True, choices=CHOICES_OF_SEVERITY, help_text="empty: any")
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.TextField()
    actor = models.CharField(max_length=150, help_text="who was logged in; kept when the account is gone")
    changed_by = models.CharField(max_length=150, blank=True, help_text="on whose behalf, as stated")
    source = models.CharField(max_length=10, choices=Source.choices)
    ended_at = models.DateTimeField(null=True, help_text="when somebody ended it before its time")
    ended_by = models.CharField(max_length=150, blank=True)
    ended_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        default_permissions = ("add",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rule_number__isnull=False) | ~models.Q(symbol="") | ~models.Q(severity=""),
                name="a_silence_is_about_something",
            ),
        ]
        indexes = [
            models.Index(fields=["until"], condition=models.Q(ended_at=None), name="silences_not_ended"),
            models.Index(fields=["-made_at", "-id"], name="silences_newest_first"),
        ]

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.rule_name, self.symbol, self.severity)))

    def silence(self) -> silences.Silence:
        """What is silent, and until when."""
        return silences.Silence(
            id=self.pk,
            rule=self.rule_number,
            symbol=self.symbol,
            severity=self.severity,
            until=self.until.timestamp(),
        )

    @property
    def over_at(self) -> datetime:
        """When it is over, or was."""
        return self.ended_at or self.until

    @property
    def by(self) -> str:
        """Who wanted it."""
        return self.changed_by or self.actor

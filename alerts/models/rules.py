"""Rules with their history: written by `alerts.services` alone."""

from datetime import datetime
from typing import Any, cast

from django.db import models
from django.dispatch import receiver
from django.utils import timezone
from simple_history.signals import pre_create_historical_record

from alerts.domain.rules import (
    ADVICE_LENGTH,
    COMPARISONS,
    NAME_LENGTH,
    SEVERITIES,
    Comparison,
    Rule,
    Severity,
)
from alerts.models.history import Change, VersionedHistory, describe
from alerts.querysets import RuleChangeManager, RuleChangeQuerySet
from configuration.querysets import ReadOnly

CHOICES_OF_COMPARISON = [(each, each) for each in COMPARISONS]
CHOICES_OF_SEVERITY = [(each, each.capitalize()) for each in SEVERITIES]


class RuleQuerySet(ReadOnly, models.QuerySet["AlertRule"]):
    """Rules, which `alerts.services` writes one by one."""


class AlertRule(models.Model):
    """A rule as `alerts.domain.rules.Rule` has it, which says what each field means.

    Written by `alerts.services` alone; saving it any other way raises ForbiddenWrite.
    """

    name = models.CharField(max_length=NAME_LENGTH)
    watch = models.CharField(max_length=40)
    symbols = models.JSONField(default=list, help_text="symbols or patterns; none: all followed markets")
    market = models.CharField(max_length=64, blank=True, help_text="empty: the market that is followed")
    entities = models.JSONField(
        default=list, help_text="of what is no market: names or patterns; none: all of its kind"
    )
    comparison = models.CharField(max_length=5, choices=CHOICES_OF_COMPARISON)
    threshold = models.FloatField()
    clear_at = models.FloatField(null=True, help_text="empty: the threshold")
    for_seconds = models.FloatField(default=0.0)
    channels = models.JSONField(default=list, help_text="ids of the channels its alerts are told on")
    severity = models.CharField(max_length=8, choices=CHOICES_OF_SEVERITY)
    advice = models.CharField(max_length=ADVICE_LENGTH, blank=True)
    quiet_hours = models.JSONField(default=list, help_text="spans of the week in which nobody is told")
    is_enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = RuleQuerySet.as_manager()
    history = VersionedHistory(
        bases=[Change],
        history_manager=RuleChangeManager,
        historical_queryset=RuleChangeQuerySet,
        what="alert rule",
        constraint="one_change_per_rule_version",
    )

    # Between the service and the history row: what is known about the change being made.
    pending: dict[str, Any] | None = None
    _history_user: Any
    _change_reason: str
    _history_date: datetime

    class Meta:
        ordering = ["name", "pk"]
        default_permissions = ("change",)
        constraints = [
            models.UniqueConstraint(fields=["name"], name="one_rule_per_name"),
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="version_of_a_rule_starts_at_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def rule(self) -> Rule:
        """What it says."""
        return Rule(
            id=self.pk,
            name=self.name,
            watch=self.watch,
            symbols=tuple(self.symbols),
            market=self.market,
            entities=tuple(self.entities),
            comparison=cast(Comparison, self.comparison),
            threshold=self.threshold,
            clear_at=self.clear_at,
            for_seconds=self.for_seconds,
            channels=tuple(self.channels),
            severity=cast(Severity, self.severity),
            advice=self.advice,
            quiet_hours=tuple(self.quiet_hours),
            is_enabled=self.is_enabled,
            version=self.version,
        )

    @property
    def tag(self) -> str:
        """Names its state."""
        return f"rule:{self.version}"


@receiver(pre_create_historical_record, sender=AlertRule.history.model)
def describe_change(instance: AlertRule, history_instance: Change, **_: Any) -> None:
    """Put what the service knows onto the history row, or stop a write that went around it."""
    describe(instance, history_instance, "alerts.services")

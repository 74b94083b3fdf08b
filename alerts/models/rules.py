"""Rules with their history: written by `alerts.services` alone."""

from datetime import datetime
from typing import Any, cast

from django.db import models
from django.dispatch import receiver
from django.utils import timezone
from simple_history.models import HistoricalRecords
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
from alerts.querysets import RuleChangeManager, RuleChangeQuerySet
from configuration.exceptions import ForbiddenWrite
from configuration.models import ACTIONS, ChangeAction, Source
from configuration.querysets import ReadOnly

CHOICES_OF_COMPARISON = [(each, each) for each in COMPARISONS]
CHOICES_OF_SEVERITY = [(each, each.capitalize()) for each in SEVERITIES]


class RuleChange(models.Model):
    """What every history row records beside the rule's contents; rows are written once, never altered."""

    actor = models.CharField(max_length=150, help_text="who was logged in; kept when the account is gone")
    changed_by = models.CharField(max_length=150, blank=True, help_text="on whose behalf, as stated")
    source = models.CharField(max_length=10, choices=Source.choices)

    # The fields simple-history adds, for those who read the rows.
    history_id: int
    history_type: str
    history_date: datetime
    history_change_reason: str | None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ForbiddenWrite("The history of alert rules cannot be altered.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ForbiddenWrite("The history of alert rules cannot be deleted.")

    @property
    def action(self) -> ChangeAction:
        return ACTIONS[self.history_type]


class RuleHistory(HistoricalRecords):
    """simple-history, with one row per version guaranteed by the database."""

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        return super().get_meta_options(model) | {
            "ordering": ("-history_id",),
            "constraints": [
                models.UniqueConstraint(fields=["id", "version"], name="one_change_per_rule_version")
            ],
            "default_permissions": (),
            "verbose_name": "change of an alert rule",
            "verbose_name_plural": "changes of alert rules",
        }


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
    comparison = models.CharField(max_length=5, choices=CHOICES_OF_COMPARISON)
    threshold = models.FloatField()
    clear_at = models.FloatField(null=True, help_text="empty: the threshold")
    for_seconds = models.FloatField(default=0.0)
    severity = models.CharField(max_length=8, choices=CHOICES_OF_SEVERITY)
    advice = models.CharField(max_length=ADVICE_LENGTH, blank=True)
    quiet_hours = models.JSONField(default=list, help_text="spans of the week in which nobody is told")
    is_enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = RuleQuerySet.as_manager()
    history = RuleHistory(
        bases=[RuleChange], history_manager=RuleChangeManager, historical_queryset=RuleChangeQuerySet
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
            comparison=cast(Comparison, self.comparison),
            threshold=self.threshold,
            clear_at=self.clear_at,
            for_seconds=self.for_seconds,
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
def describe_change(instance: AlertRule, history_instance: RuleChange, **_: Any) -> None:
    """Put what the service knows onto the history row, or stop a write that went around it."""
    if instance.pending is None:
        raise ForbiddenWrite("Alert rules are changed through alerts.services only.")
    for name, value in instance.pending.items():
        setattr(history_instance, name, value)

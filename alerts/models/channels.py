"""Where alerts are told: written by `alerts.services` alone."""

from datetime import datetime
from typing import Any

from django.db import models
from django.dispatch import receiver
from django.utils import timezone
from simple_history.signals import pre_create_historical_record

from alerts.domain.channels import KINDS
from alerts.domain.rules import NAME_LENGTH
from alerts.models.history import Change, VersionedHistory, describe
from alerts.models.rules import CHOICES_OF_SEVERITY
from alerts.querysets import ChannelChangeManager, ChannelChangeQuerySet
from configuration.querysets import ReadOnly

WORDS = {"webhook": "Webhook", "email": "E-mail", "apprise": "Chat (Apprise)"}
CHOICES_OF_KIND = [(each, WORDS[each]) for each in KINDS]


class ChannelQuerySet(ReadOnly, models.QuerySet["Channel"]):
    """Channels, which `alerts.services` writes one by one."""


class Channel(models.Model):
    """A channel as `alerts.domain.channels.Channel` has it, its secrets sealed.

    Written by `alerts.services` alone; saving it any other way raises ForbiddenWrite. No secret is in the history.
    """

    name = models.CharField(max_length=NAME_LENGTH)
    kind = models.CharField(max_length=8, choices=CHOICES_OF_KIND)
    address = models.TextField(help_text="sealed")
    secret = models.TextField(blank=True, help_text="sealed; what a webhook signs with")
    shown = models.TextField(help_text="of the address, what is no secret")
    least_severity = models.CharField(max_length=8, choices=CHOICES_OF_SEVERITY)
    is_enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = ChannelQuerySet.as_manager()
    history = VersionedHistory(
        bases=[Change],
        history_manager=ChannelChangeManager,
        historical_queryset=ChannelChangeQuerySet,
        excluded_fields=["address", "secret"],
        what="alert channel",
        constraint="one_change_per_channel_version",
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
            models.UniqueConstraint(fields=["name"], name="one_channel_per_name"),
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="version_of_a_channel_starts_at_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tag(self) -> str:
        """Names its state."""
        return f"channel:{self.version}"


@receiver(pre_create_historical_record, sender=Channel.history.model)
def describe_change(instance: Channel, history_instance: Change, **_: Any) -> None:
    """Put what the service knows onto the history row, or stop a write that went around it."""
    describe(instance, history_instance, "alerts.services")

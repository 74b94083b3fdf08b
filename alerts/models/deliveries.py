"""What is told on channels: each alert's beginning and end once, in messages that are sent until they are taken."""

from uuid import uuid4

from django.db import models

from alerts.domain.rules import NAME_LENGTH
from alerts.models.alerts import Alert
from alerts.models.channels import CHOICES_OF_KIND, Channel

ANSWER_LENGTH = 300
STATES = ("firing", "resolved")
"""What is told of an alert."""


class Message(models.Model):
    """One message to one channel: waiting while it has a `next_at`, else delivered or given up.

    Its key and what is in it stay, however often it is sent.
    """

    key = models.UUIDField(default=uuid4, unique=True)
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="messages")
    channel_name = models.CharField(max_length=NAME_LENGTH, help_text="also when it has been deleted")
    kind = models.CharField(max_length=8, choices=CHOICES_OF_KIND)
    is_test = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True, help_text="when it is tried next")
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    answer = models.CharField(
        max_length=ANSWER_LENGTH, blank=True, help_text="of the receiver, without secrets"
    )

    class Meta:
        ordering = ["-made_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(next_at__isnull=False, delivered_at=None, given_up_at=None)
                | models.Q(next_at=None, delivered_at__isnull=False, given_up_at=None)
                | models.Q(next_at=None, delivered_at=None, given_up_at__isnull=False),
                name="a_message_waits_is_delivered_or_given_up",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(next_at__isnull=False), name="messages_that_wait"
            ),
            models.Index(fields=["channel", "-made_at"], name="messages_of_a_channel"),
        ]

    def __str__(self) -> str:
        return str(self.key)


class Delivery(models.Model):
    """That an alert began, or is over, is to be told on a channel. Waiting while it is in no message and not dropped.

    Made in the transaction in which the alert is written, so that none is lost.
    """

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="deliveries")
    state = models.CharField(max_length=8, choices=[(each, each) for each in STATES])
    made_at = models.DateTimeField()
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="deliveries")
    look_at = models.DateTimeField(null=True, help_text="while it is silenced: when it is looked at again")
    dropped_because = models.CharField(max_length=100, blank=True, help_text="why it is not told")

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["alert", "channel", "state"], name="told_once_on_a_channel")
        ]
        indexes = [
            models.Index(
                fields=["channel"],
                condition=models.Q(message=None, dropped_because=""),
                name="deliveries_that_wait",
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The same as on NATS."""
        return f"{self.alert_id}.{self.state}"

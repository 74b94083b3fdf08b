"""Rules with their history, the alerts that fired by them, silences, who watches, and where it is told."""

from alerts.models.alerts import NOTE_LENGTH, UNPUBLISHED, Alert, Because
from alerts.models.channels import Channel
from alerts.models.deliveries import ANSWER_LENGTH, Delivery, Message
from alerts.models.rules import AlertRule
from alerts.models.silences import Silence
from alerts.models.watch import Watch

__all__ = [
    "ANSWER_LENGTH",
    "NOTE_LENGTH",
    "UNPUBLISHED",
    "Alert",
    "AlertRule",
    "Because",
    "Channel",
    "Delivery",
    "Message",
    "Silence",
    "Watch",
]

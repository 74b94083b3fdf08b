"""Rules with their history, the alerts that fired by them, and who watches."""

from alerts.models.alerts import NOTE_LENGTH, UNPUBLISHED, Alert, Because
from alerts.models.rules import AlertRule
from alerts.models.watch import Watch

__all__ = ["NOTE_LENGTH", "UNPUBLISHED", "Alert", "AlertRule", "Because", "Watch"]

"""Rules with their history, the alerts that fired by them, silences, and who watches."""

from alerts.models.alerts import NOTE_LENGTH, UNPUBLISHED, Alert, Because
from alerts.models.rules import AlertRule
from alerts.models.silences import Silence
from alerts.models.watch import Watch

__all__ = ["NOTE_LENGTH", "UNPUBLISHED", "Alert", "AlertRule", "Because", "Silence", "Watch"]

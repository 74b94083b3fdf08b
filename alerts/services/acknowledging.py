"""The only writer of who looks after an alert."""

from django.db import transaction
from django.utils import timezone

from alerts.announcements import announce
from alerts.exceptions import AlertNotFound, AlertResolved
from alerts.models import NOTE_LENGTH, Alert
from alerts.services.writing import written
from configuration.domain.problems import Problem, ProblemCode
from configuration.exceptions import ValidationFailed
from configuration.ledger import Author


def acknowledge(alert_id: int, note: str, *, author: Author) -> Alert:
    """Say that somebody looks after an alert that fires. Who said so first stays.

    Raises AlertNotFound, AlertResolved, ValidationFailed where the note is too long, StoreUnavailable.
    """
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        words = f"must have at most {NOTE_LENGTH} characters, got {len(note)}"
        raise ValidationFailed([Problem.with_value("note", ProblemCode.OUT_OF_RANGE, words)])
    with written():
        Alert.objects.filter(pk=alert_id, resolved_at=None, acknowledged_at=None).update(
            acknowledged_at=timezone.now(),
            acknowledged_by=author.changed_by or author.actor,
            acknowledged_note=note,
        )
        transaction.on_commit(announce)
        alert = Alert.objects.filter(pk=alert_id).first()
        if alert is None:
            raise AlertNotFound(alert_id)
        if alert.acknowledged_at is None:
            raise AlertResolved
        return alert

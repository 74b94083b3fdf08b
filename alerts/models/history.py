"""What the histories of rules and channels share: a row a version, written once."""

from datetime import datetime
from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from configuration.exceptions import ForbiddenWrite
from configuration.models import ACTIONS, ChangeAction, Source


class Change(models.Model):
    """What every history row records beside the contents; rows are written once, never altered."""

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
            raise ForbiddenWrite("The history of alerts cannot be altered.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ForbiddenWrite("The history of alerts cannot be deleted.")

    @property
    def action(self) -> ChangeAction:
        return ACTIONS[self.history_type]


class VersionedHistory(HistoricalRecords):
    """simple-history, with one row per version guaranteed by the database. `what` it is the history of, in words."""

    def __init__(self, *args: Any, what: str = "", constraint: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self._what, self._constraint = what, constraint

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        return super().get_meta_options(model) | {
            "ordering": ("-history_id",),
            "constraints": [models.UniqueConstraint(fields=["id", "version"], name=self._constraint)],
            "default_permissions": (),
            "verbose_name": f"change of an {self._what}",
            "verbose_name_plural": f"changes of {self._what}s",
        }


def describe(instance: Any, change: Change, service: str) -> None:
    """Put what the service knows onto the history row, or stop a write that went around it."""
    if instance.pending is None:
        raise ForbiddenWrite(f"Written through {service} only.")
    for name, value in instance.pending.items():
        setattr(change, name, value)

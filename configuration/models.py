"""What is set, level by level, and every change that led there."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

import msgspec
from django.db import models
from django.db.models.functions import Upper
from django.dispatch import receiver
from simple_history.models import HistoricalRecords
from simple_history.signals import pre_create_historical_record

from configuration.domain.effective import ConfigLevel, Origin
from configuration.exceptions import ForbiddenWrite
from configuration.querysets import ChangeManager, ChangeQuerySet, ReadOnly

GLOBAL = ""  # the symbol of the level that holds for all symbols: unlike NULL, it is unique


class Source(models.TextChoices):
    """The door a change came in by."""

    ADMIN = "admin", "Admin"
    API = "api", "API"
    ROLLBACK = "rollback", "Rollback"
    IMPORT = "import", "Import"
    COMMAND = "command", "Command"


class ChangeAction(models.TextChoices):
    CREATE = "CREATE", "Created"
    UPDATE = "UPDATE", "Changed"
    DELETE = "DELETE", "Deleted"


ACTIONS = {
    "+": ChangeAction.CREATE,
    "~": ChangeAction.UPDATE,
    "-": ChangeAction.DELETE,
}  # by simple-history's type


class HoldsParameters(models.Model):
    """Base of rows with values: a negative zero, which SQLite has kept of older writes, is read as zero."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any
    ) -> Self:
        row = super().from_db(db, field_names, values, **more)
        for name in ("parameters", "old_parameters"):
            if held := row.__dict__.get(name):
                setattr(row, name, {key: _unsigned_zero(value) for key, value in held.items()})
        return row


def _unsigned_zero(value: Any) -> Any:
    return value + 0.0 if isinstance(value, float) else value


class Change(HoldsParameters):
    """What every history row records beside the level's contents; rows are written once, never altered."""

    actor = models.CharField(max_length=150, help_text="who was logged in; kept when the account is gone")
    changed_by = models.CharField(max_length=150, blank=True, help_text="on whose behalf, as stated")
    source = models.CharField(max_length=10, choices=Source.choices)
    old_parameters = models.JSONField(null=True, help_text="what the level held before")
    restored_version = models.PositiveIntegerField(null=True, help_text="whose contents a rollback restored")
    batch = models.UUIDField(
        null=True, db_index=True, help_text="shared by levels that changed at one stroke"
    )

    # The fields simple-history adds, for those who read the rows.
    history_id: int
    history_type: str
    history_date: datetime
    history_change_reason: str | None
    history_user_id: int | None
    strategy_id: str
    symbol: str
    parameters: dict[str, Any]
    version: int

    objects = ChangeQuerySet.as_manager()  # type: ignore[django-manager-missing]  # simple-history has no types

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ForbiddenWrite("The audit trail cannot be altered.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise ForbiddenWrite("The audit trail cannot be deleted.")

    @property
    def action(self) -> ChangeAction:
        return ACTIONS[self.history_type]

    @property
    def new_parameters(self) -> dict[str, Any] | None:
        """What the level holds since this change; None after its deletion."""
        return None if self.action is ChangeAction.DELETE else self.parameters

    @property
    def changes(self) -> dict[str, list[Any]]:
        """Per parameter that changed at this level: [before, after], None where it inherits."""
        old, new = self.old_parameters or {}, self.new_parameters or {}
        names = [*old, *(name for name in new if name not in old)]
        return {name: [old.get(name), new.get(name)] for name in names if old.get(name) != new.get(name)}


class ChangeHistory(HistoricalRecords):
    """simple-history, with one row per version guaranteed by the database."""

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        return super().get_meta_options(model) | {
            "ordering": ("-history_id",),
            "constraints": [
                models.UniqueConstraint(
                    fields=["strategy_id", "symbol", "version"], name="one_change_per_version"
                )
            ],
            "indexes": [  # every process asks for them with the levels: few among many changes
                models.Index(
                    fields=["strategy_id", "symbol", "version"],
                    condition=models.Q(history_type="-"),
                    name="deletions_of_levels",
                )
            ],
            "default_permissions": ("view",),
            "verbose_name": "configuration change",
            "verbose_name_plural": "configuration changes",
        }


class LevelQuerySet(ReadOnly, models.QuerySet["StrategyConfig"]):
    """Levels, which `configuration.services` writes one by one."""


class StrategyConfig(HoldsParameters):
    """One level of one strategy: the values set for all symbols, or for one.

    Written by `configuration.services` alone; saving it any other way raises ForbiddenWrite.
    """

    strategy_id = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32, blank=True, default=GLOBAL)
    parameters = models.JSONField(default=dict, help_text="only what this level sets")
    origins = models.JSONField(default=dict, help_text="by parameter: the change that set it")
    version = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LevelQuerySet.as_manager()
    history = ChangeHistory(
        bases=[Change],
        history_manager=ChangeManager,
        historical_queryset=ChangeQuerySet,
        excluded_fields=["origins"],
    )

    # Between the service and the audit row: what is known about the change being made, and its row once made.
    pending: dict[str, Any] | None = None
    recorded: Any = None
    _history_user: Any
    _change_reason: str
    _history_date: datetime

    class Meta:
        verbose_name = "strategy configuration"
        ordering = ["strategy_id", "symbol"]
        constraints = [
            models.UniqueConstraint(fields=["strategy_id", "symbol"], name="one_row_per_level"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="version_starts_at_one"),
            models.CheckConstraint(condition=models.Q(symbol=Upper("symbol")), name="symbol_is_upper_case"),
        ]

    def __str__(self) -> str:
        return f"{self.strategy_id} · {self.symbol or 'all symbols'}"

    def level(self) -> ConfigLevel:
        origins = msgspec.convert(self.origins, dict[str, Origin])
        return ConfigLevel(self.parameters, self.version, self.created_at, self.updated_at, origins)


class Revision(models.Model):
    """The single row every writer locks and every reader asks for: its token is new after each change.

    A random token, not a counter, so that no rolled-back write can ever be taken for a later one.
    """

    token = models.UUIDField(default=uuid.uuid4)
    announced = models.BigIntegerField(default=0, help_text="the newest change announced on the bus")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.token)


@receiver(pre_create_historical_record, sender=StrategyConfig.history.model)
def describe_change(instance: StrategyConfig, history_instance: Change, **_: Any) -> None:
    """Put what the service knows onto the history row, or stop a write that went around it."""
    if instance.pending is None:
        raise ForbiddenWrite("Strategy configuration is changed through configuration.services only.")
    for name, value in instance.pending.items():
        setattr(history_instance, name, value)
    instance.recorded = history_instance

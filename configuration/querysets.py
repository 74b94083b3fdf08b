"""Querysets that refuse the writes that would leave no audit row, or change one."""

from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef
from simple_history.manager import HistoricalQuerySet, HistoryManager

from configuration.exceptions import ForbiddenWrite


class ReadOnly:
    """Reads as usual; writes in bulk raise ForbiddenWrite."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise ForbiddenWrite("Bulk writes leave no audit trail; use configuration.services.")

    update = bulk_create = bulk_update = delete = _refuse


class ChangeQuerySet(ReadOnly, HistoricalQuerySet):
    """The audit trail."""

    def of_level(self, strategy_id: str, symbol: str) -> "ChangeQuerySet":
        """One level's changes, newest first, through all its deletions and re-creations."""
        return self.filter(strategy_id=strategy_id, symbol=symbol).order_by("-version")

    def with_successors(self) -> "ChangeQuerySet":
        """Each change with `is_superseded`: has its level been changed since?"""
        newer = self.model.objects.filter(
            strategy_id=OuterRef("strategy_id"), symbol=OuterRef("symbol"), version__gt=OuterRef("version")
        )
        return self.annotate(is_superseded=Exists(newer))

    def deletions(self) -> "ChangeQuerySet":
        """The deletions of levels, whether they were set again or not."""
        return self.filter(history_type="-")

    def of_strategy(self, strategy_id: str) -> "ChangeQuerySet":
        """The changes of all levels of a strategy, newest first."""
        return self.filter(strategy_id=strategy_id).order_by("-history_id")


class ChangeManager(HistoryManager):
    """simple-history makes a class whenever somebody asks a model for its history, which takes longer than many a
    query; this one is made once."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)

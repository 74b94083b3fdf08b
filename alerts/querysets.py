"""The history of rules, which is read, and grows by itself."""

from functools import cache
from typing import Any

from simple_history.manager import HistoricalQuerySet, HistoryManager

from configuration.querysets import ReadOnly


class RuleChangeQuerySet(ReadOnly, HistoricalQuerySet):
    """The history of rules."""

    def of_rule(self, rule_id: int) -> "RuleChangeQuerySet":
        """One rule's changes, newest first, its deletion included."""
        return self.filter(id=rule_id).order_by("-version")


class RuleChangeManager(HistoryManager):
    """One class for all questions, where simple-history makes one for each."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)

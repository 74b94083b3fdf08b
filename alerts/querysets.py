"""The histories of rules and channels, which are read, and grow by themselves."""

from functools import cache
from typing import Any

from simple_history.manager import HistoricalQuerySet, HistoryManager

from configuration.querysets import ReadOnly


class RuleChangeQuerySet(ReadOnly, HistoricalQuerySet):
    """The history of rules."""

    def of_rule(self, rule_id: int) -> "RuleChangeQuerySet":
        """One rule's changes, newest first, its deletion included."""
        return self.filter(id=rule_id).order_by("-version")


class ChannelChangeQuerySet(ReadOnly, HistoricalQuerySet):
    """The history of channels."""

    def of_channel(self, channel_id: int) -> "ChannelChangeQuerySet":
        """One channel's changes, newest first, its deletion included."""
        return self.filter(id=channel_id).order_by("-version")


class OneClassManager(HistoryManager):
    """One class for all questions, where simple-history makes one for each."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)


class RuleChangeManager(OneClassManager):
    """Of rules."""


class ChannelChangeManager(OneClassManager):
    """Of channels."""

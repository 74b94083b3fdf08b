"""All rules together: which are judged, and what changes."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from alerts.domain.judging import Because, Change, Firing, Judge
from alerts.domain.rules import Rule
from alerts.domain.scene import Scene
from metrics.domain.market import MarketId

Key = tuple[int, MarketId]
"""A rule's id and a market, of which no more than one alert fires."""


class Entry(NamedTuple):
    """A change, and the rule's id and version by which it was judged."""

    rule_id: int
    version: int
    change: Change

    @property
    def key(self) -> Key:
        """Which alert it is about."""
        return self.rule_id, self.change.market


class Judges:
    """A judge for every rule that is enabled. `pending` and `firing` are what was kept, by the rule's id."""

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        pending: Mapping[int, Mapping[MarketId, float]] | None = None,
        firing: Mapping[int, Mapping[MarketId, Firing]] | None = None,
    ) -> None:
        held, fired = pending or {}, firing or {}
        self._judges = {
            rule.id: Judge(rule, held.get(rule.id), fired.get(rule.id)) for rule in rules if rule.is_enabled
        }

    def __len__(self) -> int:
        return len(self._judges)

    @property
    def names(self) -> set[str]:
        """What they watch."""
        return {judge.rule.watch for judge in self._judges.values()}

    @property
    def pending(self) -> dict[Key, float]:
        """Since when what is pending is."""
        return {
            (number, market): since
            for number, judge in self._judges.items()
            for market, since in judge.pending.items()
        }

    @property
    def firing(self) -> dict[Key, Firing]:
        """The alerts that fire."""
        return {
            (number, market): kept
            for number, judge in self._judges.items()
            for market, kept in judge.firing.items()
        }

    def follow(self, rules: Mapping[int, Rule], now: float) -> list[Entry]:
        """Judge by these rules from now on. What fires by one that is no longer the same ends."""
        entries = [
            Entry(number, judge.rule.version, change)
            for number, judge in self._judges.items()
            if rules.get(number) != judge.rule
            for change in judge.close(why_ended(rules.get(number)), now)
        ]
        self._judges = {
            rule.id: known if (known := self._judges.get(rule.id)) and known.rule == rule else Judge(rule)
            for rule in rules.values()
            if rule.is_enabled
        }
        return entries

    def step(self, scene: Scene, now: float) -> list[Entry]:
        """What changes at `now`."""
        return [
            Entry(number, judge.rule.version, change)
            for number, judge in self._judges.items()
            for change in judge.step(scene, now)
        ]


def why_ended(rule: Rule | None) -> Because:
    """Why alerts of a rule end that is like this by now; None where there is none any more."""
    if rule is None:
        return "rule deleted"
    return "rule changed" if rule.is_enabled else "rule disabled"

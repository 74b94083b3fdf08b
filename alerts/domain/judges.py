"""All rules together: which are judged, and what changes."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from alerts.domain.entities import NOTHING, Entity, Kind
from alerts.domain.judging import Because, Change, Firing, Judge
from alerts.domain.rules import Rule
from alerts.domain.scene import Scene, look_at
from alerts.domain.watched import kind_of
from alerts.domain.watched.rules import RuleSeen

Key = tuple[int, Entity]
"""A rule's id and an entity, of which no more than one alert fires."""
Scenes = Mapping[Kind, Scene]
"""What is known of entities, by their kind; without a kind at which nobody has looked since."""


class Entry(NamedTuple):
    """A change, and the rule's id and version by which it was judged."""

    rule_id: int
    version: int
    change: Change

    @property
    def key(self) -> Key:
        """Which alert it is about."""
        return self.rule_id, self.change.entity


class Judges:
    """A judge for every rule that is enabled. `pending` and `firing` are what was kept, by the rule's id."""

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        pending: Mapping[int, Mapping[Entity, float]] | None = None,
        firing: Mapping[int, Mapping[Entity, Firing]] | None = None,
    ) -> None:
        held, fired = pending or {}, firing or {}
        self._judges = {
            rule.id: Judge(rule, held.get(rule.id), fired.get(rule.id)) for rule in rules if rule.is_enabled
        }
        self._rules_seen = NOTHING

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
            (number, entity): since
            for number, judge in self._judges.items()
            for entity, since in judge.pending.items()
        }

    @property
    def firing(self) -> dict[Key, Firing]:
        """The alerts that fire."""
        return {
            (number, entity): kept
            for number, judge in self._judges.items()
            for entity, kept in judge.firing.items()
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

    def step(self, scenes: Scenes, now: float) -> list[Entry]:
        """What changes at `now`. Rules about rules come last: they are about what the others could judge."""
        entries = [
            Entry(number, judge.rule.version, change)
            for number, judge in self._judges.items()
            if (scene := scenes.get(kind_of(judge.rule.watch)))
            for change in judge.step(scene, now)
        ]
        about_rules = {
            number: judge for number, judge in self._judges.items() if kind_of(judge.rule.watch) == "rule"
        }
        if not about_rules:
            return entries
        seen = [
            RuleSeen(judge.rule.name, *judge.seen)
            for number, judge in self._judges.items()
            if number not in about_rules and judge.seen
        ]
        scene = look_at(seen, {judge.rule.watch for judge in about_rules.values()}, self._rules_seen)
        self._rules_seen = scene.entities
        return entries + [
            Entry(number, judge.rule.version, change)
            for number, judge in about_rules.items()
            for change in judge.step(scene, now)
        ]


def why_ended(rule: Rule | None) -> Because:
    """Why alerts of a rule end that is like this by now; None where there is none any more."""
    if rule is None:
        return "rule deleted"
    return "rule changed" if rule.is_enabled else "rule disabled"

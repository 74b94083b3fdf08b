"""What a person has entered for a level but not saved yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from configuration.domain.effective import ConfigLevel, StrategyLevels
from configuration.domain.states import own_part, version_in
from configuration.models import GLOBAL, StrategyConfig
from configuration.previews import Preview, preview
from desk.fields import Texts, read_texts, texts_of
from desk.writing import ALL_THE_SAME, INSTEAD, reason_in, tag_in

CONTROLS = frozenset({"csrfmiddlewaretoken", "_opened", "_reason", "_step", ALL_THE_SAME})
"""All else names a parameter, but for what is meant INSTEAD of a symbol."""


@dataclass(frozen=True)
class Draft:
    """The fields as entered, and the tag of the state the level was in when they were opened."""

    levels: StrategyLevels
    symbol: str | None
    opened: str
    texts: Texts
    reason: str = ""

    @classmethod
    def fresh(cls, levels: StrategyLevels, symbol: str | None) -> "Draft":
        own = levels.own(symbol)
        return cls(levels, symbol, levels.tag(symbol), texts_of(own.overrides if own else {}))

    @classmethod
    def posted(cls, request: HttpRequest, levels: StrategyLevels, symbol: str | None) -> "Draft":
        names = (each for each in request.POST if each not in CONTROLS and not each.startswith(INSTEAD))
        texts = {name: request.POST.getlist(name) for name in names}
        return cls(levels, symbol, tag_in(request, "_opened"), texts, reason_in(request))

    @cached_property
    def own(self) -> ConfigLevel | None:
        """The level as it stands, None where it holds nothing."""
        return self.levels.own(self.symbol)

    @cached_property
    def held(self) -> Mapping[str, Any]:
        """What the level holds now."""
        return self.own.overrides if self.own else {}

    @cached_property
    def is_outdated(self) -> bool:
        """Has somebody else written this level since it was opened?"""
        return own_part(self.opened) != self.levels.state(self.symbol).tag

    @property
    def inherits_otherwise(self) -> bool:
        """Has only what the level inherits changed since it was opened?"""
        return not self.is_outdated and not self.levels.is_as_seen(self.symbol, self.opened)

    def reopened(self) -> "Draft":
        """The same, opened at what there is now."""
        return replace(self, opened=self.levels.tag(self.symbol))

    @cached_property
    def base(self) -> Mapping[str, Any]:
        """What the level held when it was opened."""
        if not self.is_outdated:
            return self.held
        change = StrategyConfig.history.of_level(self.levels.spec.strategy_id, self.symbol or GLOBAL)
        found = change.filter(version=version_in(self.opened)).first()
        return (found.new_parameters if found else None) or {}

    @cached_property
    def edits(self) -> dict[str, Any]:
        """What was entered differently from what the level held; None to inherit again."""
        base, parameters = self.base, self.levels.spec.parameters
        entered = {
            name: read_texts(parameters[name], texts)
            for name, texts in self.texts.items()
            if name in parameters and any(texts)
        }
        unknown = {name: texts[0] for name, texts in self.texts.items() if name not in parameters}
        differing = {name: entered.get(name) for name in parameters if entered.get(name) != base.get(name)}
        return differing | unknown

    @cached_property
    def after(self) -> dict[str, Any]:
        """What the level would hold."""
        return {name: value for name, value in {**self.held, **self.edits}.items() if value is not None}

    @property
    def empties_level(self) -> bool:
        """Would nothing be left at a level that holds something?"""
        return bool(self.held and self.edits) and not self.after

    def preview(self) -> Preview:
        return preview(self.levels, self.symbol, self.edits)

    def rebased(self) -> "Draft":
        """The same edits on top of what the level holds now."""
        mine = {name: list(self.texts.get(name, [])) for name in self.edits}
        return replace(self.reopened(), texts={**texts_of(self.held), **mine})

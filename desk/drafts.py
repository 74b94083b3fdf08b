"""What a person has entered for a level but not saved yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from configuration import services
from configuration.domain.effective import StrategyLevels
from configuration.models import GLOBAL, StrategyConfig
from configuration.previews import Preview
from desk.fields import Texts, read_texts, texts_of
from desk.writing import number_in, reason_in

CONTROLS = frozenset({"csrfmiddlewaretoken", "_opened", "_reason", "_step"})  # all else names a parameter


@dataclass(frozen=True)
class Draft:
    """The fields as entered, and the version of the level they were opened at (0: it held nothing)."""

    levels: StrategyLevels
    symbol: str | None
    opened: int
    texts: Texts
    reason: str = ""

    @classmethod
    def fresh(cls, levels: StrategyLevels, symbol: str | None) -> "Draft":
        own = levels.own(symbol)
        return cls(levels, symbol, levels.own_version(symbol), texts_of(own.overrides if own else {}))

    @classmethod
    def posted(cls, request: HttpRequest, levels: StrategyLevels, symbol: str | None) -> "Draft":
        texts = {name: request.POST.getlist(name) for name in request.POST if name not in CONTROLS}
        return cls(levels, symbol, number_in(request, "_opened"), texts, reason_in(request))

    @property
    def is_outdated(self) -> bool:
        """Has somebody else written this level since it was opened?"""
        return self.opened != self.levels.own_version(self.symbol)

    @cached_property
    def base(self) -> Mapping[str, Any]:
        """What the level held when it was opened."""
        own = self.levels.own(self.symbol)
        if not self.is_outdated:
            return own.overrides if own else {}
        change = StrategyConfig.history.of_level(self.levels.spec.strategy_id, self.symbol or GLOBAL)
        found = change.filter(version=self.opened).first()
        return (found.new_parameters if found else None) or {}

    @cached_property
    def edits(self) -> dict[str, Any]:
        """What was entered differently from what the level held; None to inherit again."""
        base, parameters = self.base, self.levels.spec.parameters
        entered = {
            name: read_texts(parameter, self.texts.get(name, [])) for name, parameter in parameters.items()
        }
        unknown = {name: texts[0] for name, texts in self.texts.items() if name not in parameters}
        return {name: value for name, value in entered.items() if value != base.get(name)} | unknown

    @property
    def empties_level(self) -> bool:
        """Would nothing be left at a level that holds something?"""
        own = self.levels.own(self.symbol)
        edits = self.edits
        return bool(own and edits) and not any(
            value is not None for value in {**(own.overrides if own else {}), **edits}.values()
        )

    def preview(self) -> Preview:
        return services.preview(self.levels.spec.strategy_id, self.symbol, self.edits)

    def rebased(self) -> "Draft":
        """The same edits on top of what the level holds now."""
        own = self.levels.own(self.symbol)
        kept = texts_of(own.overrides if own else {})
        mine = {name: list(self.texts.get(name, [])) for name in self.edits}
        return Draft(
            self.levels,
            self.symbol,
            self.levels.own_version(self.symbol),
            {**kept, **mine},
            self.reason,
        )

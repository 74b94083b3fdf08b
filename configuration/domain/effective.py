"""The configuration in force at one level, as every reader sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from configuration.domain.resolution import LAYERS, Layer, Overrides, Resolution, fingerprint, resolve
from configuration.domain.states import LevelState, whole_tag
from configuration.domain.strategy import StrategySpec
from configuration.domain.validation import StrategyOverrides

LevelAddress = tuple[str, str | None]
"""Strategy, and symbol; None is the level of all symbols."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The change that gave a parameter its present value at a level."""

    version: int
    changed_by: str  # the actor, or the person on whose behalf the actor claimed to act
    changed_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class ConfigLevel:
    """What one level holds: only the values it sets itself."""

    overrides: Overrides
    version: int
    created_at: datetime | None
    updated_at: datetime | None
    origins: Mapping[str, Origin]  # by parameter


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The effective configuration of a strategy, for all symbols (symbol None) or for one."""

    strategy_id: str
    symbol: Annotated[str | None, Meta(description="Null for all symbols.")]
    parameters: Annotated[dict[str, Any], Meta(description="The complete set in force.")]
    overrides: Annotated[dict[str, Any], Meta(description="Only what this level sets.")]
    provenance: Annotated[dict[str, Layer], Meta(description="The layer each value comes from.")]
    version: Annotated[int, Meta(description="Of this level, else of the global one, else 0.")]
    source: Annotated[Layer, Meta(description="The highest layer that contributed.")]
    is_override: Annotated[bool, Meta(description="Whether a symbol's own level contributed.")]
    created_at: datetime | None
    updated_at: datetime | None
    hash: Annotated[str, Meta(description="Names the set of values: equal sets, equal hash.")]


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """A value one layer gives one parameter, and the change that set it (none for default and environment)."""

    layer: Layer
    value: Any
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class StrategyLevels:
    """Everything that is set for one strategy, and the questions that can be asked about it."""

    spec: StrategySpec
    environment: Overrides
    global_level: ConfigLevel | None
    symbols: Mapping[str, ConfigLevel]
    deleted: Mapping[str | None, int] = field(default_factory=dict)
    """By level the version that deleted it, of levels that hold nothing now."""

    @property
    def overrides(self) -> StrategyOverrides:
        """The same without versions and dates, as validation judges it."""
        return StrategyOverrides(
            self.environment,
            self.global_level.overrides if self.global_level else {},
            {symbol: level.overrides for symbol, level in self.symbols.items()},
        )

    def with_level(self, symbol: str | None, level: ConfigLevel | None) -> "StrategyLevels":
        """The same with one level put in or, with None, taken out."""
        deleted = {name: version for name, version in self.deleted.items() if name != symbol}
        if symbol is None:
            return replace(self, global_level=level, deleted=deleted)
        others = {name: other for name, other in self.symbols.items() if name != symbol}
        symbols = others if level is None else {**others, symbol: level}
        return replace(self, symbols=symbols, deleted=deleted)

    def without_level(self, symbol: str | None, version: int) -> "StrategyLevels":
        """The same with one level deleted by a version."""
        left = self.with_level(symbol, None)
        return replace(left, deleted={**left.deleted, symbol: version})

    def own(self, symbol: str | None) -> ConfigLevel | None:
        """The addressed level itself, None when nothing is set there."""
        return self.global_level if symbol is None else self.symbols.get(symbol)

    def state(self, symbol: str | None) -> LevelState:
        """What became of the level itself: a symbol's versions cannot be mistaken for those of the global level,
        nor one that was deleted for one that never was."""
        own = self.own(symbol)
        return LevelState(own.version, True) if own else LevelState(self.deleted.get(symbol, 0), False)

    def tag(self, symbol: str | None, resolution: Resolution | None = None) -> str:
        """The name of the level's state and of what it inherits; `resolution` as `config` takes it."""
        above = None if symbol is None else self.state(None)
        return whole_tag(self.state(symbol), above, resolution or resolve(self.spec, self.layers(symbol)))

    def is_as_seen(self, symbol: str | None, tag: str) -> bool:
        """Does a tag, whole or of the level alone, name what there is?"""
        return tag in (self.state(symbol).tag, self.tag(symbol))

    def version(self, symbol: str | None) -> int:
        """The version a reader of this level is shown: its own, else the global one, else 0."""
        level = self.own(symbol) or self.global_level
        return level.version if level else 0

    def layers(self, symbol: str | None) -> dict[Layer, Overrides]:
        layers: dict[Layer, Overrides] = {Layer.ENVIRONMENT: self.environment}
        if self.global_level:
            layers[Layer.GLOBAL] = self.global_level.overrides
        if symbol is not None and (own := self.symbols.get(symbol)):
            layers[Layer.SYMBOL] = own.overrides
        return layers

    def config(self, symbol: str | None, resolution: Resolution | None = None) -> Config:
        """The configuration in force; `resolution` is what is, where that was judged a moment ago."""
        own = self.own(symbol)
        resolution = resolution or resolve(self.spec, self.layers(symbol))
        known = {} if own is None else {n: v for n, v in own.overrides.items() if n in resolution.values}
        source = resolution.source
        return Config(
            strategy_id=self.spec.strategy_id,
            symbol=symbol,
            parameters=resolution.values,
            overrides=known,
            provenance=resolution.provenance,
            version=self.version(symbol),
            source=source,
            is_override=source is Layer.SYMBOL,
            created_at=own.created_at if own else None,
            updated_at=own.updated_at if own else None,
            hash=fingerprint(self.spec, resolution.values),
        )

    def contributions(self, symbol: str | None) -> dict[str, list[Contribution]]:
        """Per parameter every layer that gives it a value, the lowest first; the last one is in force."""
        layers: dict[Layer, Overrides] = {Layer.DEFAULT: self.spec.defaults, **self.layers(symbol)}
        levels = {Layer.GLOBAL: self.global_level, Layer.SYMBOL: self.own(symbol) if symbol else None}
        return {
            name: [
                Contribution(layer=layer, value=layers[layer][name], origin=_origin(levels.get(layer), name))
                for layer in LAYERS
                if name in layers.get(layer, {})
            ]
            for name in self.spec.parameters
        }


def _origin(level: ConfigLevel | None, name: str) -> Origin | None:
    return level.origins.get(name) if level else None

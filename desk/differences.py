"""Before and after, parameter by parameter, in the catalogue's order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from configuration.domain.effective import Config
from configuration.domain.parameters import ParameterSpec
from configuration.domain.resolution import Layer
from configuration.domain.strategy import StrategySpec
from configuration.previews import Preview


@dataclass(frozen=True, slots=True)
class Difference:
    """One parameter before and after; None where there was no value of its own, and `inherited`, where it is known,
    is what held instead."""

    name: str
    unit: str | None
    before: Any
    after: Any
    inherited: Any = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class EffectiveDifference(Difference):
    """The same for the values in force, with the layers they come from."""

    before_layer: Layer
    after_layer: Layer

    @property
    def is_effective(self) -> bool:
        """Does the value in force change, and not only the place it comes from?"""
        return self.before != self.after


def own_differences(
    parameters: Mapping[str, ParameterSpec], changes: Mapping[str, list[Any]]
) -> list[Difference]:
    """The changes of an audit row; parameters that left the catalogue since come last."""
    order = [*(name for name in parameters if name in changes), *(n for n in changes if n not in parameters)]
    units = {name: spec.unit for name, spec in parameters.items()}
    return [Difference(name, units.get(name), *changes[name]) for name in order]


def effective_differences(spec: StrategySpec, before: Config, after: Config) -> list[EffectiveDifference]:
    """Every parameter whose value, or whose value's origin, differs."""
    return [
        EffectiveDifference(
            name,
            parameter.unit,
            before.parameters[name],
            after.parameters[name],
            before.provenance[name],
            after.provenance[name],
        )
        for name, parameter in spec.parameters.items()
        if (before.parameters[name], before.provenance[name])
        != (after.parameters[name], after.provenance[name])
    ]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A preview as pages show it: what changes at the level, and at every symbol that inherits from it."""

    preview: Preview
    differences: list[EffectiveDifference]
    affected: dict[str, list[EffectiveDifference]]


def outlook(spec: StrategySpec, preview: Preview) -> Outlook:
    after = preview.after or preview.before
    return Outlook(
        preview,
        effective_differences(spec, preview.before, after),
        {
            symbol: effective_differences(spec, before, changed)
            for symbol, (before, changed) in preview.affected.items()
        },
    )

"""Which value is in force, and where it comes from."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from configuration.domain.parameters import Value
from configuration.domain.strategy import StrategySpec


class Layer(StrEnum):
    """Where a value may come from, the lowest first; a higher layer hides a lower one, per parameter."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    GLOBAL = "global"
    SYMBOL = "symbol"


LAYERS = tuple(Layer)
Overrides = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The complete parameter set in force, with the layer each value comes from."""

    values: dict[str, Value]
    provenance: dict[str, Layer]

    @property
    def source(self) -> Layer:
        """The highest layer that contributed a value."""
        return max(self.provenance.values(), key=LAYERS.index)


def resolve(spec: StrategySpec, layers: Mapping[Layer, Overrides]) -> Resolution:
    """Merge the layers above the defaults, parameter by parameter.

    Names the specification does not know are passed over: a stored override may outlive its parameter.
    """
    values = spec.defaults
    provenance = dict.fromkeys(values, Layer.DEFAULT)
    for layer in LAYERS[1:]:
        for name, value in layers.get(layer, {}).items():
            if name in values:
                values[name], provenance[name] = value, layer
    return Resolution(values, provenance)


def fingerprint(spec: StrategySpec, values: Mapping[str, Value]) -> str:
    """Sixteen hexadecimal digits that name a strategy's complete parameter set: equal sets, equal hash."""
    canonical = msgspec.json.encode([spec.strategy_id, dict(values)], order="sorted")
    return hashlib.sha256(canonical).hexdigest()[:16]

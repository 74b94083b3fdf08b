"""What an evaluator measures, and which parameter it holds each measure against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Holds = Literal["above", "below", "at_least", "at_most"]
"""How a measure must lie to a parameter's value for its condition to hold."""
Purpose = Literal["decides", "admits"]
"""What follows where it holds: a side is chosen; or what was measured is looked at any further, as it usually is."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The condition that a parameter is the limit of."""

    quantity: str
    holds: Holds
    purpose: Purpose = "decides"


@dataclass(frozen=True, slots=True)
class PositionLimit:
    """`parameter` is the size of a position in dollars, which should cost less than the gap in percent that `gap` asks
    for. What it costs is worked out of these sizes; any other costs what the next smaller one does at least."""

    parameter: str
    gap: str
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measuring:
    """`measure` returns by name the quantities that can be known, from what `evaluate` has just taken, and changes none
    of it. `counted` are the things that are measured; `compares` has the comparison of each parameter."""

    counted: str
    measure: Callable[[Any, Any, Any, float], Mapping[str, float]]
    compares: Mapping[str, Comparison]
    position: PositionLimit | None = None

    @property
    def parameters(self) -> set[str]:
        """All that it speaks of."""
        return {*self.compares, *((self.position.parameter, self.position.gap) if self.position else ())}

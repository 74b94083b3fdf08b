"""Rules that tie parameters of one strategy together, each with the sentence that states it."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WEIGHT_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Rule:
    """`holds` is asked with the values of `parameters`, in that order. Where it `binds` them, none can be changed
    alone."""

    sentence: str
    parameters: tuple[str, ...]
    holds: Callable[..., bool]
    binds: bool = False

    def is_kept_by(self, values: dict[str, Any]) -> bool:
        return self.holds(*(values[name] for name in self.parameters))


def below(lower: str, upper: str) -> Rule:
    return Rule(f"{lower} < {upper}", (lower, upper), operator.lt)


def at_most(lower: str, upper: str) -> Rule:
    return Rule(f"{lower} <= {upper}", (lower, upper), operator.le)


def sum_to_one(*weights: str) -> Rule:
    return Rule(f"{' + '.join(weights)} = 1", weights, _is_one, binds=True)


def _is_one(*weights: float) -> bool:
    return abs(sum(weights) - 1) <= WEIGHT_TOLERANCE

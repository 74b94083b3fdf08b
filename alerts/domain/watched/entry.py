"""What a line of the catalogue says."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerts.domain.entities import Kind

Column = NDArray[np.float64]
Reading = Callable[[Any], Column]
"""From what is seen of all entities of a kind to a value of each, NaN where it cannot be known."""


class Kept(msgspec.Struct, frozen=True):
    """Where minutes keep what is watched: in which columns its mean, least and most are."""

    mean: str
    least: str
    most: str


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be watched. `of` is what has one; `example` is a threshold somebody may begin with. A state,
    which is so (1) or not so (0), has no unit.

    `read` has a value for each entity, NaN where it cannot be known: then no rule about it can be judged. `kept` is
    None where minutes do not keep it.
    """

    name: str
    label: str
    description: str
    unit: str
    least: float
    most: float
    example: float
    read: Reading
    kept: Kept | None = None
    of: Kind = "market"


def of_each(figure: Callable[[Any], float | None]) -> Reading:
    """A figure of every entity, NaN where it has none."""
    return lambda seen: np.array([*map(figure, seen)], dtype=np.float64)


def state(of: Kind, name: str, label: str, read: Reading, description: str) -> Watched:
    """What is so, or not so."""
    return Watched(
        name=name,
        label=label,
        description=f"1 {description}, else 0.",
        unit="",
        least=0,
        most=1,
        example=0.5,
        read=read,
        of=of,
    )

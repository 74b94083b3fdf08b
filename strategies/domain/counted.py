"""Messages that a strategy looks back on by their number, however often they come."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Counted:
    """How many a decision depends on under some parameters, how many a state has `heard`, and of which symbols."""

    needs: Callable[[Any], int]
    heard: Callable[[Any], int]
    symbols: frozenset[str]

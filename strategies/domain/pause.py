"""How long a strategy decides nothing after a signal, and how it takes over when it last decided.

That is the one part of its state which the ledger has as well: what it has heard of the market nobody else knows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple


class Earlier(NamedTuple):
    """A signal of the past: when it was decided, in seconds since the epoch, and the venues of its legs, if it has
    any."""

    at: float
    venues: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pause:
    """`resume` has a state of one symbol take over these signals as all that were decided before, in place of what it
    remembers itself."""

    resume: Callable[[Any, Iterable[Earlier]], None]

    def seconds(self, parameters: Any) -> float:
        """The shortest time between two signals."""
        return float(parameters.min_signal_interval)


def resume_newest(state: Any, signals: Iterable[Earlier]) -> None:
    """For a strategy that pauses after any signal of the symbol."""
    state.signalled_at = max((signal.at for signal in signals), default=float("-inf"))

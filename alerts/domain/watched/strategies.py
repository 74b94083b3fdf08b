"""What of a strategy can be watched, all processes that run it together."""

from functools import partial
from math import inf

import msgspec

from alerts.domain.watched.entry import Watched, of_each


class StrategySeen(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy at a moment; None is unknown, as rates are until somebody has looked for a minute."""

    name: str
    processes_heard: int
    signals_per_minute: float | None = None
    held_back_per_minute: float | None = None
    seconds_since_signal: float | None = None


figure = partial(Watched, of="strategy", least=0, most=inf)

STRATEGY = (
    figure(
        name="signals_per_minute",
        label="Rate of signals",
        description="Signals within the last minute, without those that a halt held back.",
        unit="per minute",
        example=30,
        read=of_each(lambda strategy: strategy.signals_per_minute),
    ),
    figure(
        name="seconds_since_signal",
        label="Time since the last signal",
        description="Since the last signal that was sent; where there is none, since the first process started.",
        unit="s",
        example=3_600,
        read=of_each(lambda strategy: strategy.seconds_since_signal),
    ),
    figure(
        name="held_back_per_minute",
        label="Rate of signals held back",
        description="Signals that a halt held back within the last minute.",
        unit="per minute",
        example=10,
        read=of_each(lambda strategy: strategy.held_back_per_minute),
    ),
    figure(
        name="processes_heard",
        label="Number of processes",
        description="Processes that run the strategy and have reported lately.",
        unit="processes",
        example=1,
        read=of_each(lambda strategy: strategy.processes_heard),
    ),
)

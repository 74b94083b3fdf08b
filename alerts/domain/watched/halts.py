"""What of a halt can be watched: by the scope that is halted, or was until a moment ago."""

from math import inf

import msgspec

from alerts.domain.watched.entry import Watched, of_each, state


class HaltSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A scope of which something was said lately, or that is halted. `halted_seconds` is 0 where it is not."""

    name: str
    is_halted: bool
    is_resumed: bool
    halted_seconds: float


HALT = (
    state("halt", "is_halted", "Halted", of_each(lambda halt: halt.is_halted), "while it is halted"),
    state(
        "halt",
        "is_resumed",
        "Resumed",
        of_each(lambda halt: halt.is_resumed),
        "for a minute after its halt was lifted",
    ),
    Watched(
        of="halt",
        name="halted_seconds",
        label="Time halted",
        description="Since when it is halted, without a break.",
        unit="s",
        least=0,
        most=inf,
        example=3_600,
        read=of_each(lambda halt: halt.halted_seconds),
    ),
)

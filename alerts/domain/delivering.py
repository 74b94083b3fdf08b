"""When what is told on a channel goes: the first at once, more together, not too often, again until it is taken."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

GROUP_SECONDS = 5.0
"""What a rule has to tell within this time of its last message goes together."""
LONGEST_WAIT = 300.0
GIVE_UP_SECONDS = 86_400.0
MINUTE = 60.0
MOST_TOGETHER = 200
"""Beginnings and ends of alerts in one message."""


class Waiting(NamedTuple):
    """Something to be told, and the rule it is about."""

    id: int
    rule: int


def wait_after(attempts: int, asked: float = 0.0) -> float:
    """Seconds until the next attempt after so many that failed: 1, 2, 4 …, and no sooner than the receiver `asked` for.
    It cannot ask for longer than is waited in any case."""
    return min(max(2.0 ** min(attempts - 1, 20), asked), LONGEST_WAIT)


def is_given_up(made_at: float, now: float) -> bool:
    """Has it been tried for long enough?"""
    return now - made_at >= GIVE_UP_SECONDS


def together(
    waiting: Sequence[Waiting], told_at: Mapping[int, float], now: float, room: int, *, is_failing: bool
) -> list[list[int]]:
    """What goes now of what waits for one channel, in its order, a list for each message.

    `told_at` says of a rule when a message about it was last made, `room` how many may be made. Where there are
    more rules than room they share one. While the channel takes nothing (`is_failing`), messages are made as seldom as
    they are tried.
    """
    if is_failing:
        newest = max(told_at.values(), default=now - LONGEST_WAIT)
        due = [] if 0 <= now - newest < LONGEST_WAIT else list(waiting)
    else:
        due = [
            each for each in waiting if not 0 <= now - told_at.get(each.rule, -GROUP_SECONDS) < GROUP_SECONDS
        ]
    rules = dict.fromkeys(each.rule for each in due)
    groups = (
        [due]
        if is_failing or len(rules) > room
        else [[each for each in due if each.rule == rule] for rule in rules]
    )
    return [part for group in groups for part in _parts([each.id for each in group])][: max(0, room)]


def _parts(ids: list[int]) -> Iterator[list[int]]:
    for begin in range(0, len(ids), MOST_TOGETHER):
        yield ids[begin : begin + MOST_TOGETHER]

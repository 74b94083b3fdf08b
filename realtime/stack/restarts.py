"""When a part that died is started again, and when that is given up. Pure: moments in, seconds out."""

from collections.abc import Sequence
from itertools import pairwise, takewhile

WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before it is started again, after the first death in a row, the second, and so on."""
CALM_SECONDS = 300.0
"""Deaths that are further apart are not in a row."""
DEATHS = 3
WITHIN_SECONDS = 60.0
"""So many deaths within so long, and it is given up."""


def wait_after(deaths: Sequence[float]) -> float | None:
    """Seconds until a part is started again that died at these moments, in order, the last of them now.

    None where it has died too often to be started again.
    """
    if len(deaths) >= DEATHS and deaths[-1] - deaths[-DEATHS] <= WITHIN_SECONDS:
        return None
    lives = [later - earlier for earlier, later in pairwise(deaths)]
    short = sum(1 for _ in takewhile(lambda life: life <= CALM_SECONDS, reversed(lives)))
    return WAITS[min(short, len(WAITS) - 1)]

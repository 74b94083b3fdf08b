"""What a rule would have done: the same judging, over minutes that are kept.

Of a minute one value is known, and counts for all of it. What was shorter cannot be told.
"""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerts.domain.entities import NOTHING, Entities
from alerts.domain.judging import Fired, Judge, Resolved
from alerts.domain.rules import Rule
from alerts.domain.scene import Scene
from metrics.domain.market import MarketId

MINUTE = 60.0


class Stretch(msgspec.Struct, frozen=True):
    """For how long an alert would have fired, in seconds since the epoch; `until` is None where it still would."""

    market: MarketId
    since: float
    until: float | None = None


class Minutes(msgspec.Struct, frozen=True):
    """Values of markets, minute by minute from `start` on: one row a minute, one column a market, NaN where the value
    is not known. `is_there` says the same of the market: was anything known of it?"""

    markets: Sequence[MarketId]
    start: float
    values: NDArray[np.float64]
    is_there: NDArray[np.bool_]


def stretches(rule: Rule, minutes: Minutes) -> list[Stretch]:
    """When the rule would have fired, the earliest first. All markets count as those that are followed."""
    judge, firing, found = Judge(rule), {}, []
    for now, scene in _scenes(rule, minutes):
        for change in judge.step(scene, now):
            market = cast(MarketId, change.entity)  # nothing else has minutes
            if isinstance(change, Fired):
                firing[market] = now
            elif isinstance(change, Resolved):
                found.append(Stretch(market, firing.pop(market), now))
    found += [Stretch(market, since) for market, since in firing.items()]
    return sorted(found, key=attrgetter("since"))


def _scenes(rule: Rule, minutes: Minutes) -> Iterator[tuple[float, Scene]]:
    """Each minute at its beginning, and when what began with a minute has lasted for as long as the rule says."""
    later = rule.for_seconds % MINUTE
    before, there, places = NOTHING, np.zeros(len(minutes.markets), dtype=np.bool_), np.empty(0, np.intp)
    for number, (values, is_there) in enumerate(zip(minutes.values, minutes.is_there, strict=True)):
        if not np.array_equal(is_there, there):
            there, places = is_there, np.flatnonzero(is_there)
            ids = [minutes.markets[place] for place in places.tolist()]
            before = Entities([*ids], ids)
        scene = Scene(before, {rule.watch: np.append(values[places], np.nan)})
        now = minutes.start + MINUTE * number
        yield now, scene
        if later:
            yield now + later, scene

"""What has come and is not on disk yet, a batch a place."""

from collections import Counter, defaultdict
from typing import NamedTuple

from markets.recording.chains import Chain
from markets.recording.frames import ids_of_change, is_frame
from markets.recording.names import MIXED
from markets.recording.places import Origin, origin_of
from markets.recording.reading import Arrival

MOST_WAITING_BYTES = 256 * 1024 * 1024
MOST_PLACES = 64
MOST_CHAINS = 10_000
"""What a stranger could make up without end is followed only so far."""
FARTHEST_US = 60_000_000
"""What a producer claims of when it received a frame is believed within this of our own clock."""


class Changed(NamedTuple):
    """A symbol of which changes came, and the id they have reached.

    `is_broken` where some were missing since the last batch: what was known of the book is worth nothing any more.
    """

    symbol: str
    reached: int
    is_broken: bool


class Batch(NamedTuple):
    """Of one place."""

    place: str
    arrivals: list[Arrival]
    changes: list[Changed]


class Intake:
    """Frames on their way to disk. `refused` are no lines, `dropped` came faster than they could be written."""

    def __init__(self) -> None:
        self.taken = self.refused = self.dropped = 0
        self._arrivals: dict[str, list[Arrival]] = defaultdict(list)
        self._waiting_bytes = 0
        self._newest: Counter[str] = Counter()
        self._chains: dict[Origin, Chain] = {}
        self._changed: dict[Origin, bool] = {}

    def take(self, subject: str, payload: bytes, received_at: str, now_us: int) -> None:
        """`received_at` is what the producer claims, in digits; times of a place never go back."""
        if not is_frame(payload):
            self.refused += 1
            return
        if self._waiting_bytes + len(payload) > MOST_WAITING_BYTES:
            self.dropped += 1
            return
        origin = self._known(origin_of(subject))
        at_us = self._newest[origin.place] = max(_believed(received_at, now_us), self._newest[origin.place])
        self._arrivals[origin.place].append(Arrival(at_us, payload))
        self._waiting_bytes += len(payload)
        self.taken += 1
        if origin.symbol:
            self._follow(origin, payload)

    def batches(self) -> list[Batch]:
        """All that has come since the last time."""
        batches = [
            Batch(place, arrivals, self._changes_of(place)) for place, arrivals in self._arrivals.items()
        ]
        self._arrivals.clear()
        self._changed.clear()
        self._waiting_bytes = 0
        return batches

    def _known(self, origin: Origin) -> Origin:
        """Each place has files of its own, which there are only so many of."""
        is_known = origin.place in self._newest or len(self._newest) < MOST_PLACES
        return origin if is_known else Origin(MIXED)

    def _follow(self, origin: Origin, payload: bytes) -> None:
        ids = ids_of_change(payload)
        if ids is None or (origin not in self._chains and len(self._chains) >= MOST_CHAINS):
            return
        chain = self._chains.setdefault(origin, Chain())
        is_broken = not chain.follows(ids)
        self._changed[origin] = self._changed.get(origin, False) or is_broken

    def _changes_of(self, place: str) -> list[Changed]:
        return [
            Changed(origin.symbol, self._chains[origin].last_id or 0, is_broken)
            for origin, is_broken in self._changed.items()
            if origin.place == place
        ]


def _believed(received_at: str, now_us: int) -> int:
    claimed = int(received_at) if received_at.isdecimal() and len(received_at) < 20 else 0
    return claimed if abs(now_us - claimed) <= FARTHEST_US else now_us

"""Where a frame comes from: venue and form, by the envelope's source and the subject."""

from typing import TypeVar

import msgspec

from metrics.domain.book import Refused
from metrics.domain.market import CONTRACTS, IS_VENUE, USDM

DEFAULT_VENUE = "binance"
SIMULATED, REPLAYED = ORIGINS = ("simulated", "replayed")
"""What a message may say of itself: made up here, or recorded once. Of others nothing is known."""
MOST_REMEMBERED = 50_000
BEGIN_ANEW_SECONDS = 30.0
LONGEST_REMEMBERED = 100
"""What a stranger could make up without end is remembered only so far."""

K = TypeVar("K")
V = TypeVar("V")


class Place(msgspec.Struct, frozen=True):
    """Where a frame comes from: the venue, and the form where the subject names one."""

    venue: str
    form: str | None

    def market(self, form: str) -> str:
        """The name of the market, of `form` where the subject does not say otherwise."""
        return f"{self.venue}/{self.form or form}"


def place_of(subject: str, source: str) -> Place:
    """The envelope's source counts before the subject. Raises Refused for a venue that cannot be one."""
    tokens = subject.split(".")
    on_subject = tokens[1] if tokens[0] == "market" and len(tokens) > 2 else DEFAULT_VENUE
    named = (source.removesuffix("-websocket") or on_subject).lower()
    venue = named.removesuffix(CONTRACTS)
    if not IS_VENUE(venue):
        raise Refused("bad_venue")
    return Place(venue, USDM if named.endswith(CONTRACTS) or on_subject.endswith(CONTRACTS) else None)


def snapshot_subject(place: str, symbol: str) -> str:
    """Where a whole book is asked for: `snapshot.binance-usdm.BTCUSDT`."""
    return f"snapshot.{place}.{symbol}"


class Remembered(dict[K, V]):
    """What was read for messages like the next, within bounds; what is forgotten is only read again.

    What has not come for half a minute may be gone, and is after a whole one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._before: dict[K, V] = {}
        self._began_at = 0.0

    def again(self, key: K) -> V | None:
        """What is not found any more, but was half a minute ago: from now on it is found again."""
        value = self._before.pop(key, None)
        if value is not None:
            self[key] = value
        return value

    def keep(self, key: K, value: V, length: int) -> None:
        """Remember `value`, unless what a stranger calls it is too long."""
        if length > LONGEST_REMEMBERED:
            return
        if len(self) >= MOST_REMEMBERED:
            self._begin_anew()
        self[key] = value

    def tidy(self, now: float) -> None:
        """To be called every second or so."""
        if not 0 <= now - self._began_at < BEGIN_ANEW_SECONDS:
            self._began_at = now
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._before = self.copy()
        self.clear()

"""Where a frame comes from: venue and form, by the envelope's source and the subject."""

from typing import TypeVar

import msgspec

SPOT, USDM = "spot", "usdm"
"""The forms of a market: what is traded there, and contracts on it."""
DEFAULT_VENUE = "binance"
CONTRACTS = "-usdm"
"""Behind the name of a venue: what comes from there is of contracts."""
MAX_REMEMBERED = 100_000
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
    """The envelope's source counts before the subject."""
    tokens = subject.split(".")
    on_subject = tokens[1] if tokens[0] == "market" and len(tokens) > 2 else DEFAULT_VENUE
    venue = source.removesuffix("-websocket") or on_subject.removesuffix(CONTRACTS)
    return Place(venue, USDM if on_subject.endswith(CONTRACTS) else None)


def remember(known: dict[K, V], key: K, value: V, length: int) -> None:
    """Keep `value` for the next message, within bounds; what is forgotten is only read again."""
    if length > LONGEST_REMEMBERED:
        return
    if len(known) >= MAX_REMEMBERED:
        known.clear()
    known[key] = value

"""What becomes of a venue's message: something to publish, a book that is lost, or a no."""

from typing import Literal, NamedTuple

Kind = Literal["depth", "diff", "trade", "bookTicker", "ticker"]
"""Kinds as subjects and streams of NATS call them."""
KINDS: tuple[Kind, ...] = ("depth", "diff", "trade", "bookTicker", "ticker")
WORDS: dict[str, Kind] = {
    "depth": "depth",
    "diff": "diff",
    "trade": "trade",
    "touch": "bookTicker",
    "ticker": "ticker",
}
"""Kinds as people ask for them."""


class Publication(NamedTuple):
    """A frame for NATS."""

    kind: Kind
    symbol: str
    payload: bytes


class LostBook(NamedTuple):
    """A book that cannot be gone on with, counted under `reason`; until it has begun anew it is missing."""

    channel: str
    symbol: str
    reason: str


class Refusal(NamedTuple):
    """The venue does not do what it was asked, in its own words."""

    words: str


Translated = Publication | LostBook | Refusal


class Unreadable(ValueError):
    """A message that is not what the venue's documentation describes; the message is why."""

"""What has to be known of a venue: addresses, subscriptions, limits, and how its messages are read."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar, Protocol

import msgspec

from markets.domain.listing import Listing
from markets.domain.translated import Kind, Publication, Translated

Form = str
"""spot, or usdm: linear perpetual contracts."""


class Limits(msgspec.Struct, frozen=True):
    """What a venue allows of its sockets."""

    channels_a_connection: int
    channels_a_message: int
    messages_a_second: float
    connections_in_five_minutes: int


class Heartbeat(msgspec.Struct, frozen=True):
    """What is sent so that a venue keeps a quiet connection, and how often."""

    message: str
    every_seconds: float


class Snapshots(msgspec.Struct, frozen=True):
    """The REST address of a whole book, and what it costs of a minute's allowance."""

    path: str  # with {name}
    weight: int
    weight_a_minute: int


class Translator(Protocol):
    """Reads the messages of one connection. Books are kept in it, so every connection has a new one."""

    def read(self, raw: bytes, at_us: int) -> Iterable[Translated]:
        """What becomes of a message that was received at `at_us`. Raises Unreadable."""

    def changed_books(self) -> Iterable[Publication]:
        """The books that changed since the last call: what is published no more often than it is asked for."""

    def missing_books(self) -> Iterable[str]:
        """The channels of books that are not there, of all markets: such a channel is asked for again."""


class Venue(Protocol):
    """One venue and form."""

    name: ClassVar[str]
    form: ClassVar[Form]
    socket: ClassVar[str]
    """Origin of the sockets, in front of the paths of `channels`."""
    rest: ClassVar[str]
    limits: ClassVar[Limits]
    heartbeat: ClassVar[Heartbeat | None]
    kinds: ClassVar[frozenset[Kind]]
    longest_connection_hours: ClassVar[float | None]
    """After which the venue cuts; the next connection is opened before."""
    snapshots: ClassVar[Snapshots | None]
    listing_paths: ClassVar[Mapping[str, str]]
    """What to ask over REST, by a name of its own, for what is traded: paths below `rest`."""

    def listings(self, answers: Mapping[str, bytes]) -> list[Listing]:
        """What is traded, from the answers to `listing_paths`. Raises Unreadable."""

    def channels(self, listings: Iterable[Listing], kinds: Collection[Kind]) -> Mapping[str, list[str]]:
        """What to subscribe to, by the path of the socket that has it."""

    def subscribe(self, channels: Sequence[str], number: int) -> list[str]:
        """The messages that ask for these."""

    def unsubscribe(self, channels: Sequence[str], number: int) -> list[str]:
        """The messages that end these."""

    def translator(
        self, listings: Iterable[Listing], kinds: Collection[Kind], levels: int, now_us: int
    ) -> Translator:
        """For a new connection; books are published with their best `levels`."""


def origin_names(venue: Venue) -> tuple[str, str]:
    """The settings of its origins: VENUE_OKX_SPOT_WS and VENUE_OKX_SPOT_REST."""
    prefix = f"VENUE_{venue.name}_{venue.form}".upper()
    return f"{prefix}_WS", f"{prefix}_REST"

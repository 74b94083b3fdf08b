"""What of a part of the system can be watched: the processes that report, and the store."""

from functools import partial
from math import inf

import msgspec

from alerts.domain.watched.entry import Watched, of_each, state

STORE = "store"
"""The name of Redis among the parts."""


class PartSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A part at a moment; None is unknown, or is nothing that such a part has."""

    name: str
    silent_seconds: float | None = None
    no_message_seconds: float | None = None
    lag_seconds: float | None = None
    drops_per_minute: float | None = None
    refused_share: float | None = None
    not_live: int | None = None
    troubled_venues: int | None = None
    is_without_nats: bool | None = None
    is_without_database: bool | None = None
    is_restarted: bool | None = None


figure = partial(Watched, of="part", least=0, most=inf)

PART = (
    figure(
        name="silent_seconds",
        label="Silence",
        description="Since a process reported last; of the store, since it answered last.",
        unit="s",
        example=15,
        read=of_each(lambda part: part.silent_seconds),
    ),
    figure(
        name="no_message_seconds",
        label="Time without a message",
        description="Since the newest message came; where none has, since the process started.",
        unit="s",
        example=30,
        read=of_each(lambda part: part.no_message_seconds),
    ),
    Watched(
        of="part",
        name="lag_seconds",
        label="Lag",
        description="How late messages are by the clocks of their venues; below zero where those are ahead.",
        unit="s",
        least=-inf,
        most=inf,
        example=2,
        read=of_each(lambda part: part.lag_seconds),
    ),
    figure(
        name="drops_per_minute",
        label="Rate of dropped messages",
        description="Messages that NATS dropped within the last minute since the process did not keep up; of who "
        "brings a market, those it dropped since there was no NATS.",
        unit="per minute",
        example=1,
        read=of_each(lambda part: part.drops_per_minute),
    ),
    Watched(
        of="part",
        name="refused_share",
        label="Share of refused messages",
        description="Of the messages of the last minute, those that were refused.",
        unit="%",
        least=0,
        most=100,
        example=50,
        read=of_each(lambda part: part.refused_share),
    ),
    figure(
        name="markets_not_live",
        label="Number of markets not live",
        description="As a feed or a strategy process sees them.",
        unit="markets",
        example=5,
        read=of_each(lambda part: part.not_live),
    ),
    figure(
        name="troubled_venues",
        label="Number of venues in trouble",
        description="Of a process that brings a market: venues of which not everything comes.",
        unit="venues",
        example=1,
        read=of_each(lambda part: part.troubled_venues),
    ),
    state(
        "part",
        "is_without_nats",
        "Without NATS",
        of_each(lambda part: part.is_without_nats),
        "while the process has no connection to NATS",
    ),
    state(
        "part",
        "is_without_database",
        "Without a database",
        of_each(lambda part: part.is_without_database),
        "while the database does not answer a strategy process",
    ),
    state(
        "part",
        "is_restarted",
        "Started again",
        of_each(lambda part: part.is_restarted),
        "for five minutes after it was started again because it had died",
    ),
)

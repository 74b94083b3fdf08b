"""Why a message became no number, and why a book is not live: the names, and what each says to people.

What to do about each: docs/market-data.md.
"""

from collections.abc import Mapping
from types import MappingProxyType

from times import clock

SILENT = "silent"
"""Why a book is stale whose messages were not refused: none came."""
NOT_READ: Mapping[str, str] = MappingProxyType(
    {
        "not_json": "messages are not UTF-8 JSON",
        "too_deep": "messages are nested beyond reason",
        "too_large": "messages are over 1 MiB",
        "missing_field": "messages lack a field",
        "wrong_type": "messages have a value of the wrong type",
        "wrong_event": "messages are of another kind than their stream",
        "bad_symbol": "the name is no symbol",
        "bad_venue": "the name of the venue is none",
        "symbol_mismatch": "the payload names another symbol than the stream",
        "ambiguous_stream": "messages have two stream names",
    }
)
"""Of messages that could not be read."""
IMPOSSIBLE: Mapping[str, str] = MappingProxyType(
    {
        "bad_number": "a price or quantity is impossible",
        "too_many_levels": "more than 5,000 levels on a side",
        "empty_book": "nothing on either side",
        "unordered_levels": "levels are out of order",
        "duplicate_price": "a price stands twice on a side",
        "crossed": "best bid at or above best ask",
    }
)
"""Of messages that cannot be true."""
NOT_NOW: Mapping[str, str] = MappingProxyType(
    {
        "bad_time": "the time of sending is impossible",
        "late": "messages were sent too long ago",
        "ahead_of_time": "messages are dated in the future",
        "out_of_date": "older than what is shown",
        "repeated": "the same message again",
    }
)
"""Of messages that are no news."""
NOT_THIS: Mapping[str, str] = MappingProxyType(
    {
        "price_mismatch": "its books disagree with what is traded under its name",
        "other_depth": "a deeper book of this market is followed",
        "mixed_prices": "prices of two coins come under its name",
        "mixed_ids": "books of two coins come under its name",
    }
)
"""Of messages that are of something else."""
STANDING: Mapping[str, str] = MappingProxyType(
    {
        "diff_depth": "changes of a book come under its name, and no book",
        "withdrawn": "what was shown turned out to be false, or is no more",
        "one_sided": "one side of the book is empty",
        "awaiting_snapshot": "changes of its book come, and the whole book is asked for",
        "missing_change": "a change of its book is missing; the whole book is asked for anew",
        "contradicted": "its book and its best prices contradict each other; the whole book is asked for anew",
        "out_of_reach": "the market has left the part of the book that is known; the whole book is asked for anew",
        SILENT: "no message comes any more",
    }
)
"""Of books, whatever their newest message was."""
EXPECTED: Mapping[str, str] = MappingProxyType(
    {
        "other_depth": "less deep books, as a deeper one is followed",
    }
)
"""Of refusals that are nobody's fault what they are of: venues send books of several depths, beside whole ones, too."""
REFUSALS: Mapping[str, str] = MappingProxyType({**NOT_READ, **IMPOSSIBLE, **NOT_NOW, **NOT_THIS})
"""Why messages are refused; they are counted under these names."""
REASONS: Mapping[str, str] = MappingProxyType({**REFUSALS, **STANDING})
"""Why a book is not live."""


def explain(reason: str, heard_at: float | None = None) -> str:
    """What the name of a reason says. A process of a later version may tell of one that is not known here.

    Of a book that is merely silent it is since when, where that is known: in seconds since the epoch.
    """
    if reason == SILENT and heard_at is not None:
        return f"no message since {clock(heard_at)}"
    return REASONS.get(reason) or reason.replace("_", " ")

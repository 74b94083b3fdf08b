"""What a process reports of the venues it brings, and how that is shown to people."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

import msgspec

from metrics.domain.bounds import Count, Moment, Name, Real
from times import clock

SILENT_AFTER_SECONDS = 10.0
"""A process that has not reported for so long hangs or is dead."""
FORGOTTEN_AFTER_SECONDS = 3600.0
"""And is shown as such for so long."""
MOST_LETTERS = 200  # of what a venue answered
MOST_VENUES = 100
INVENTED = "For a simulated market start make run without MARKET."


class VenueReport(msgspec.Struct, frozen=True, kw_only=True):
    """One venue and form, counted since the process started. Times are seconds since the epoch.

    `refusals` are counted by the venue's words, `lost_books` by what gave them away. `trouble` is why nothing comes, in
    words; None while all is well. It is tried until it is back, unless the venue `is_over`: it trades nothing of what
    is wanted.
    """

    venue: Name
    form: Name
    symbols: Count
    connections_open: Count
    connections_wanted: Count
    frames: Count
    rate_per_second: Real
    published: Count
    last_frame_at: Moment | None
    reconnections: Count
    lost_books: dict[Name, Count]
    refusals: dict[Name, Count]
    unreadable: Count
    snapshots: Count
    snapshots_refused: Count
    trouble: Name | None = None
    is_over: bool = False

    @property
    def is_well(self) -> bool:
        """Is everything open that should be, as far as is known?"""
        return self.trouble is None and self.connections_open >= self.connections_wanted

    @property
    def summary(self) -> str:
        """In words: how much comes, or why nothing does."""
        name = f"{self.venue} {self.form}"
        if self.is_over:
            return str(self.trouble)
        if self.trouble:
            return f"{name}: {self.trouble}; trying until it is back"
        if not self.connections_wanted:
            return f"{name}: asking what is traded there"
        symbols = f"{self.symbols:,} symbol{'s' * (self.symbols != 1)}"
        wanted = f"{self.connections_wanted} connection{'s' * (self.connections_wanted != 1)}"
        return f"{name} {symbols}, {self.connections_open} of {wanted}, {self.rate_per_second:,.0f} frames/s"


class MarketsReport(msgspec.Struct, frozen=True, kw_only=True):
    """One process. `dropped` are frames that came while there was no NATS; `nats_trouble` says why there is none.

    `restarts` is how often it was started again after it had died, by whoever runs it.
    """

    instance: Name
    started_at: Moment
    reported_at: Moment
    restarts: Count
    connected: bool
    dropped: Count
    venues: Annotated[list[VenueReport], msgspec.Meta(max_length=MOST_VENUES)]
    nats_away_since: Moment | None = None
    nats_trouble: Name | None = None

    def is_silent(self, now: float) -> bool:
        """Has the process itself not been heard lately?"""
        return now - self.reported_at > SILENT_AFTER_SECONDS

    def notice(self, now: float) -> str:
        """What is wrong with the process, and not with a venue; empty where nothing is."""
        if self.is_silent(now):
            names = ", ".join(f"{each.venue} {each.form}" for each in self.venues)
            return f"{names}: stream_market has not been heard since {clock(self.reported_at)}"
        if self.nats_away_since is not None:
            return f"no connection to NATS since {clock(self.nats_away_since)}: what comes is dropped"
        return ""


class Line(NamedTuple):
    """Something to report of the venues, and whether it is bad news."""

    text: str
    is_trouble: bool


def lines(reports: Iterable[MarketsReport], now: float) -> list[Line]:
    """Of every process what is wrong with it, or else what comes of each of its venues."""
    shown: list[Line] = []
    for report in reports:
        if notice := report.notice(now):
            shown.append(Line(notice, True))
        else:
            shown += [Line(venue.summary, not venue.is_well) for venue in report.venues]
    return shown


def unreached(reports: Iterable[MarketsReport], now: float) -> str:
    """Of processes that are heard, where nothing comes from any venue: from which, since when, why, and what to try.
    Empty where one does well, or nobody brings a market. `static/realtime/js/sources.js` says the same."""
    heard = [(report, venue) for report in reports if not report.is_silent(now) for venue in report.venues]
    if not heard or any(venue.is_well for _, venue in heard):
        return ""
    names = ", ".join(f"{venue.venue} {venue.form}" for _, venue in heard)
    since = max(venue.last_frame_at or report.started_at for report, venue in heard)
    why = " ".join(f"{venue.summary}." for _, venue in heard)
    return f"Nothing has come from {names} since {clock(since)}. {why} {INVENTED}"


def in_a_line(text: str) -> str:
    """What came from outside, as a name may be: one line of printable letters, and not too many."""
    words = " ".join(text[: 2 * MOST_LETTERS].split())[:MOST_LETTERS]
    return "".join(letter if letter.isprintable() else "?" for letter in words)

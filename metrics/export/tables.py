"""The rows somebody asks for, market after market and oldest first, read in parts.

Between two parts nothing is held: no cursor, no transaction. However long whoever takes them makes it, nobody waits.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import inf, nextafter
from typing import NamedTuple

from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.market import MarketId
from metrics.domain.ticks import spreads_bps
from metrics.export.columns import COLUMNS, KEPT, Row, of_a_market
from metrics.kept_minutes import kept_markets, kept_markets_of, minutes_of
from metrics.spans import Span
from metrics.store.keys import HISTORY_SECONDS
from metrics.store.reader import StoreReader

MINUTES, UPDATES = "minutes", "updates"
TABLES = tuple(COLUMNS)
USUAL = {MINUTES: timedelta(days=1), UPDATES: timedelta(seconds=HISTORY_SECONDS)}
"""How much there is of each where nobody says from when on."""
ROWS_AT_ONCE = 5_000
"""Of a part: a few megabytes, and a tenth of a second."""


KEPT_NAMES = [column.name for column in KEPT]


class Asked(NamedTuple):
    """One of TABLES of a span, of all markets or of those of some symbols, and of those a choice takes."""

    table: str
    span: Span
    symbols: frozenset[str] | None = None
    choice: Choice = FOLLOWED

    def takes(self, market: MarketId) -> bool:
        """Is it one of these markets?"""
        return self.choice.takes(market) and (self.symbols is None or market.symbol in self.symbols)


class Nothing(Exception):
    """There is no row of what was asked for; the message is a sentence."""


def parts(asked: Asked, reader: StoreReader) -> Iterator[list[Row]]:
    """All rows, at most ROWS_AT_ONCE a part; raises Nothing where there is none, before there is any part.

    Raises django.db.Error of minutes and redis.exceptions.RedisError of updates, while what keeps them is away.
    """
    rows = _minutes(asked) if asked.table == MINUTES else _updates(asked, reader)
    first = list(islice(rows, ROWS_AT_ONCE))
    if not first:
        raise Nothing(NOTHING[asked.table])
    return _begun(first, rows)


NOTHING = {
    MINUTES: "Nothing was recorded of this in this span; minutes appear once they are over.",
    UPDATES: f"Nothing was received of this in this span; updates are kept for {HISTORY_SECONDS // 60} minutes.",
}


def _begun(part: list[Row], rows: Iterator[Row]) -> Iterator[list[Row]]:
    while part:
        yield part
        part = list(islice(rows, ROWS_AT_ONCE))


def _minutes(asked: Asked) -> Iterator[Row]:
    kept = kept_markets() if asked.symbols is None else kept_markets_of(asked.symbols)
    for market in sorted(filter(asked.takes, kept)):
        whose = of_a_market(market)
        yield from (whose + minute for minute in _minutes_of(market, asked.span))


def _minutes_of(market: MarketId, span: Span) -> Iterator[Row]:
    """By pages: a page is a few steps in the index, and no statement lasts."""
    minutes = minutes_of([market], *span).order_by("minute").values_list(*KEPT_NAMES)
    page = list(minutes[:ROWS_AT_ONCE])
    while page:
        yield from page
        newest = page[-1][KEPT_NAMES.index("minute")]
        page = list(minutes.filter(minute__gt=newest)[:ROWS_AT_ONCE]) if len(page) == ROWS_AT_ONCE else []


def _updates(asked: Asked, reader: StoreReader) -> Iterator[Row]:
    now = reader.clock()
    begin, end = (at.timestamp() for at in asked.span)
    since, until = max(nextafter(begin, -inf), now - HISTORY_SECONDS), min(nextafter(end, -inf), now)
    tracked = (row.id for rows in reader.markets().values() for row in rows)
    for market in sorted(filter(asked.takes, tracked)):
        whose = of_a_market(market)
        yield from (whose + update for update in _updates_of(reader, market, since, until))


def _updates_of(reader: StoreReader, market: MarketId, since: float, until: float) -> Iterator[Row]:
    if since >= until:
        return
    times, ratios, bids, asks = reader.updates(market, since, until)
    received = (datetime.fromtimestamp(time, UTC) for time in times.tolist())
    numbers = (100 * ratios, bids, asks, (bids + asks) / 2, spreads_bps(bids, asks))
    yield from zip(received, *(column.tolist() for column in numbers), strict=True)

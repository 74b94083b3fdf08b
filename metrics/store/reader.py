"""The reading side: plain, synchronous, stateless."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from time import time
from typing import NamedTuple, cast

import numpy as np
import redis
from django.conf import settings
from numpy.typing import NDArray

from metrics.domain.admission.rules import PRIMARY_MARKETS
from metrics.domain.analyzer import StoredBook
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.gaps import Quotes
from metrics.domain.liquidity.known import KnownBook, known_book
from metrics.domain.market import Expiry, MarketId, MarketRow
from metrics.domain.ticks import MINUTE
from metrics.store.keys import Keys
from metrics.store.reports import FeedReport
from metrics.store.values import BOOKS, REPORTS, ROWS, heat_of, points_of
from metrics.store.wholes import WHOLES, unpacked
from stored import connected

Column = NDArray[np.float64]
Series = tuple[Column, Column]
"""Receipt times in seconds since the epoch, and what was then; same length, oldest first."""


class Updates(NamedTuple):
    """Updates of one market by column, oldest first: receipt times in seconds since the epoch, and what was then."""

    times: Column
    ratios: Column
    bids: Column
    asks: Column


class Known(NamedTuple):
    """What is known of a book that came at `received_at`, in seconds since the epoch."""

    book: KnownBook
    received_at: float


class StoreReader:
    """Reads what the feeds wrote. Raises redis.exceptions.RedisError while the store is away."""

    def __init__(
        self,
        client: redis.Redis,
        keys: Keys,
        expiry: Expiry,
        clock: Callable[[], float] = time,
        primary: Sequence[str] = PRIMARY_MARKETS,
    ) -> None:
        self.expiry = expiry
        self.clock = clock
        self._redis = client
        self._keys = keys
        self._primary = primary

    def ping(self) -> None:
        """Raises when the store does not answer."""
        self._redis.ping()

    def markets(self) -> dict[str, list[MarketRow]]:
        """The rows of every symbol that have not expired, the followed one first; by symbol in alphabetical order."""
        return self._unexpired(ROWS.of_hash(self._redis, self._keys.rows, self.clock()))

    def rows(self, choice: Choice = FOLLOWED) -> dict[str, MarketRow]:
        """The rows that are chosen, by the name they go by; by default of the followed market of each symbol."""
        return choice.among(self.markets())

    def markets_of(self, symbol: str) -> list[MarketRow]:
        """The rows of one symbol that have not expired, the followed one first."""
        return self.markets_of_each([symbol]).get(symbol, [])

    def markets_of_each(self, symbols: list[str]) -> dict[str, list[MarketRow]]:
        """The same of some symbols, in one round trip."""
        if not symbols:
            return {}
        return self._unexpired(ROWS.of_names(self._redis, self._keys.rows, symbols, self.clock()))

    def market(self, symbol: str, choice: Choice = FOLLOWED) -> MarketId | None:
        """The market of `symbol` that is chosen, None where there is none."""
        return next((row.id for row in choice.of(self.markets_of(symbol)).values()), None)

    def book(self, symbol: str, choice: Choice = FOLLOWED) -> StoredBook | None:
        """The newest book of the market of `symbol` that is chosen, None where there is none or it has expired.

        One round trip where it is a primary market, as most are: their books are asked for along with the rows.
        """
        likely = [MarketId(symbol, market) for market in self._primary]
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hmget(self._keys.rows, [symbol])
            pipeline.hmget(self._keys.books, [market.name for market in likely])
            rows, books = pipeline.execute(raise_on_error=False)
        of_symbol = self._unexpired(ROWS.named([symbol], ROWS.listed(rows), self.clock())).get(symbol, [])
        market = next((row.id for row in choice.of(of_symbol).values()), None)
        if market is None or market not in likely:
            return self.books([market]).get(market) if market else None
        found = dict(zip(likely, BOOKS.listed(books), strict=False)).get(market)
        return self._fresh(BOOKS.named([market.name], [found], self.clock())).get(market)

    def books(self, markets: list[MarketId]) -> dict[MarketId, StoredBook]:
        """The newest unexpired books among `markets`."""
        if not markets:
            return {}
        names = [market.name for market in markets]
        return self._fresh(BOOKS.of_names(self._redis, self._keys.books, names, self.clock()))

    def known(self, books: Iterable[StoredBook]) -> dict[MarketId, Known]:
        """As much as is known of these books: of one that is kept whole all its levels, as they were within the last
        second or so. One round trip where there are any, and markets of which there is no book of two sides left out.
        """
        of_market = {book.id: book for book in books}
        names = [market.name for market, book in of_market.items() if book.whole_at is not None]
        found = WHOLES.of_names(self._redis, self._keys.wholes, names, self.clock()) if names else []
        wholes = {stored.id: Known(unpacked(stored), stored.received_at) for stored in found}
        known = dict[MarketId, Known]()
        for market, book in of_market.items():
            whole = wholes.get(market)
            if whole and book.whole_at is not None and whole.received_at >= book.whole_at:
                known[market] = whole
            elif levels := known_book(book.ladder.bids, book.ladder.asks):
                known[market] = Known(levels, book.received_at)
        return known

    def history(self, market: MarketId, since: float, until: float) -> Series:
        """The imbalance ratio of every update of `market` with since < time <= until."""
        return self.histories([market], since, until)[market]

    def mids(self, market: MarketId, since: float, until: float) -> Series:
        """The mid price of the same updates."""
        times, _, bids, asks = self._points([market], since, until)[market]
        return times, (bids + asks) / 2

    def updates(self, market: MarketId, since: float, until: float) -> Updates:
        """All that is kept of the same updates."""
        return Updates(*self._points([market], since, until)[market])

    def quotes(self, markets: list[MarketId], since: float, until: float) -> dict[MarketId, Quotes]:
        """The best prices of the same updates, of many markets in one round trip."""
        found = self._points(markets, since, until).items()
        return {market: Quotes(times, bids, asks) for market, (times, _, bids, asks) in found}

    def histories(self, markets: list[MarketId], since: float, until: float) -> dict[MarketId, Series]:
        """`history` of many markets in one round trip."""
        found = self._points(markets, since, until).items()
        return {market: (times, ratios) for market, (times, ratios, *_) in found}

    def heat(self, market: MarketId, since: float, until: float) -> NDArray[np.void]:
        """The rows of its heat map with since < time <= until, oldest first, as `values.HEAT` has them."""
        minutes = _minutes(since, until)
        parts = cast(
            list[bytes | None], self._redis.mget([self._keys.heat(market, each) for each in minutes])
        )
        rows = heat_of(dict(zip(minutes, parts, strict=True)))
        return rows[_are_wanted(rows["time"], since, until)]

    def _fresh(self, found: list[StoredBook]) -> dict[MarketId, StoredBook]:
        now = self.clock()
        return {book.id: book for book in found if now - book.received_at <= self.expiry.ttl}

    def _unexpired(self, found: list[list[MarketRow]]) -> dict[str, list[MarketRow]]:
        """Rows of symbols without those that are too old to be shown, and without symbols that have no other."""
        now = self.clock()
        fresh = ([row for row in rows if not self.expiry.is_expired(row, now)] for rows in found)
        return {rows[0].symbol: rows for rows in sorted(filter(None, fresh), key=lambda rows: rows[0].symbol)}

    def _points(self, markets: list[MarketId], since: float, until: float) -> dict[MarketId, list[Column]]:
        """Times, ratios, best bids and best asks of the updates of each."""
        minutes = _minutes(since, until)
        if not markets:
            return {}
        keys = [self._keys.history(market, minute) for market in markets for minute in minutes]
        parts = cast(list[bytes | None], self._redis.mget(keys))
        width = len(minutes)
        return {
            market: _updates(dict(zip(minutes, parts[i : i + width], strict=True)), since, until)
            for market, i in zip(markets, range(0, len(parts), width), strict=True)
        }

    def feeds(self) -> list[FeedReport]:
        """The last report of every feed, silent ones included, by instance."""
        reports = REPORTS.of_hash(self._redis, self._keys.feeds, self.clock())
        return sorted(reports, key=lambda report: report.instance)


def _updates(packed: Mapping[int, bytes | None], since: float, until: float) -> list[Column]:
    """What stands in the strings of some minutes, which are given in order; by column."""
    points = points_of(packed)
    return [*points[_are_wanted(points[:, 0], since, until)].T]


def _minutes(since: float, until: float) -> range:
    return range(int(since // MINUTE), int(until // MINUTE) + 1)


def _are_wanted(times: Column, since: float, until: float) -> NDArray[np.bool_]:
    """Those with since < time <= until, each once.

    A chunk stands twice when the feed lost the connection before it heard that the write went through. Where time goes
    back a copy begins, and it ends with the newest record before.
    """
    wanted: NDArray[np.bool_] = (times > since) & (times <= until)
    if len(times):
        newest = np.maximum.accumulate(times)
        wanted &= times > np.maximum.accumulate(np.where(times < newest, newest, -np.inf))
    return wanted


@cache
def get_reader() -> StoreReader:
    """The reader of this process, connected as the settings say."""
    client = connected(settings.REDIS_URL)
    expiry = Expiry(settings.STALE_AFTER_SECONDS, settings.METRICS_TTL_SECONDS)
    return StoreReader(client, Keys(settings.STORE_PREFIX), expiry, primary=settings.PRIMARY_MARKETS)

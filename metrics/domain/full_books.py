"""The books that are kept whole, by market: who feeds them, what they say, and which wait for a snapshot."""

from collections.abc import Callable, Collection, Iterator
from heapq import nsmallest
from operator import attrgetter
from random import random
from typing import NamedTuple

from metrics.domain.book import MAX_LEVELS, BookUpdate, Refused
from metrics.domain.bounds import Count, Name, Ratio, Symbol
from metrics.domain.frames import BookChange, BookSnapshot, BookTicker
from metrics.domain.full_book import WHOLE, FullBook
from metrics.domain.liquidity.known import KnownBook
from metrics.domain.market import CROSSED, GAP, USDM, WARMING, MarketId

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
ANSWER_SECONDS = 20.0
"""A request that was not answered for so long is made again."""
CALM_SECONDS = 30.0
HEARD_SECONDS = 5.0
LOOKED_AT_EVERY_SECONDS = 1.0
"""A whole book may come near the edge of what is known of it."""
AWAITING_SNAPSHOT = "awaiting_snapshot"
MISSING_CHANGE = "missing_change"
CONTRADICTED = "contradicted"
OUT_OF_REACH = "out_of_reach"
"""Why a book is not whole; or why a change was refused."""


class Lost(NamedTuple):
    """A book of which nothing is to be shown until its next snapshot: `state` is WARMING or GAP, and why."""

    symbol: str
    market: str
    state: str
    reason: str


class Integrity(NamedTuple):
    """How well a book could be kept. `whole_share` is the part of its time that it was whole, from 0 to 1.

    `orphans` are levels that changed beyond what the snapshot told of, around which others may rest unseen.
    """

    market: Name
    symbol: Symbol
    state: Name
    gaps: Count
    contradicted: Count
    snapshots: Count
    orphans: Count
    levels: Count
    whole_share: Ratio


class Kept:
    """One book, and what is asked for it. Times are seconds since the epoch.

    A book that comes near the edge of what is known is shown on, while its `successor` is made of the same changes and
    of a snapshot that reaches further.
    """

    __slots__ = (
        "ask_at", "asked", "began_at", "book", "broken", "heard_at", "market", "reason", "snapshots", "successor",
        "symbol", "whole_seconds", "whole_since",
    )  # fmt: skip

    def __init__(self, symbol: str, market: str, now: float) -> None:
        self.symbol, self.market = symbol, market
        self.book = FullBook(is_contracts=self.is_contracts)
        self.began_at = self.heard_at = self.ask_at = now
        self.asked = self.snapshots = self.broken = 0
        self.reason = AWAITING_SNAPSHOT
        self.successor: FullBook | None = None
        self.whole_since: float | None = None
        self.whole_seconds = 0.0

    @property
    def is_contracts(self) -> bool:
        """Of which form it is."""
        return MarketId(self.symbol, self.market).form == USDM

    def await_snapshot(self) -> None:
        """A snapshot is asked for: of a whole book, for its successor."""
        if self.book.state == WHOLE and self.successor is None:
            self.successor = FullBook(is_contracts=self.is_contracts)

    def succeed(self) -> bool:
        """Go on with what the successor knows, once it has come as far."""
        if self.successor is None or not self.book.take_over(self.successor):
            return False
        self.successor = None
        return True


class FullBooks:
    """Kept for markets that send changes: at most `max_books`, those of `only` some symbols where that is given.

    `take` what comes; where it leads to a book that may be shown, that is returned with its best `levels`.
    """

    def __init__(
        self,
        *,
        levels: int,
        max_books: int,
        only: Collection[str] | None = None,
        chance: Callable[[], float] = random,
    ) -> None:
        self._levels, self._max_books, self._only, self._chance = levels, max_books, only, chance
        self._books: dict[tuple[str, str], Kept] = {}
        self._lost: list[Lost] = []
        self.gaps = self.contradicted = self.snapshots = 0

    def take(self, frame: BookChange | BookSnapshot, now: float) -> BookUpdate | None:
        """Take in what books are made of. Raises Refused for impossible numbers."""
        return self.change(frame, now) if isinstance(frame, BookChange) else self.snapshot(frame, now)

    def change(self, frame: BookChange, now: float) -> BookUpdate | None:
        """Take a change in. Raises Refused for one with impossible numbers."""
        kept = self._kept(frame.symbol, frame.market, now)
        if kept is None:
            return None
        kept.heard_at = now
        if kept.book.state != WHOLE:
            kept.book.change(frame)
            return None
        try:
            is_news = kept.book.change(frame)
        except Refused as refusal:
            self._is_lost(kept, refusal.reason, now)
            raise
        if kept.book.state != WHOLE:
            self._is_lost(kept, MISSING_CHANGE if kept.book.broken > kept.broken else CONTRADICTED, now)
        elif kept.successor is not None:
            kept.successor.change(frame)
            self._succeed(kept, now)
        return self._shown(kept, frame.event_time, now) if is_news else None

    def snapshot(self, frame: BookSnapshot, now: float) -> BookUpdate | None:
        """Take a snapshot in, whoever has asked for it. Raises Refused for one with impossible numbers."""
        kept = self._kept(frame.symbol, frame.market, now)
        if kept is None or (kept.book.state == WHOLE and kept.successor is None):
            return None
        kept.snapshots += 1
        self.snapshots += 1
        if kept.successor is not None:
            kept.successor.snapshot(frame.update_id, frame.bids, frame.asks)
            self._succeed(kept, now)
            return None
        if not kept.book.snapshot(frame.update_id, frame.bids, frame.asks):
            return None
        kept.ask_at = now + CALM_SECONDS
        kept.whole_since = now
        return self._shown(kept, None, now)

    def touch(self, frame: BookTicker, now: float) -> list[Lost]:
        """Hold a book against the best prices of the same id; returns what is lost since the last call."""
        kept = self._books.get((frame.market, frame.symbol))
        if kept and kept.book.state == WHOLE:
            touch = (frame.bid, frame.bid_quantity, frame.ask, frame.ask_quantity)
            if not kept.book.touch(frame.update_id, touch):
                self._is_lost(kept, CONTRADICTED, now)
        return self.take_lost() if self._lost else []

    def still_waiting(self, now: float) -> list[Lost]:
        """Those that are not whole though changes of them come."""
        return [
            Lost(kept.symbol, kept.market, kept.book.state, kept.reason)
            for kept in self._books.values()
            if kept.book.state != WHOLE and now - kept.heard_at <= HEARD_SECONDS
        ]

    def take_lost(self) -> list[Lost]:
        """What was lost since the last call, or has begun to wait."""
        lost, self._lost = self._lost, []
        return lost

    def requests(self, now: float, most: int) -> list[tuple[str, str]]:
        """Markets and symbols whose snapshot is to be asked for now, `most` at a time; and each again if need be."""
        waiting = (
            kept for kept in self._books.values() if kept.ask_at <= now and self._needs_snapshot(kept, now)
        )
        due = nsmallest(most, waiting, key=lambda kept: (kept.book.state == WHOLE, kept.ask_at))
        for kept in due:
            kept.await_snapshot()
            kept.ask_at = now + ANSWER_SECONDS
        return [(kept.market, kept.symbol) for kept in due]

    def not_answered(self, market: str, symbol: str, now: float, retry_after: float = 0.0) -> None:
        """Nobody has a snapshot now: ask again later, each time later, and not before `retry_after` seconds."""
        if kept := self._books.get((market, symbol)):
            wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(kept.asked, 10))
            kept.asked += 1
            kept.ask_at = now + max(retry_after, wait * (0.5 + 0.5 * self._chance()))

    def known(self, market: MarketId, last_id: int) -> KnownBook | None:
        """All that is known of a book that has come to this id; None where it has not, or is not whole."""
        kept = self._books.get((market.market, market.symbol))
        return kept.book.known() if kept and kept.book.last_id == last_id else None

    def totals(self) -> tuple[int, int]:
        """How many books there are, and how many are whole."""
        return len(self._books), sum(kept.book.state == WHOLE for kept in self._books.values())

    def integrity(self, now: float) -> Iterator[Integrity]:
        """Of every book, in no order."""
        for kept in self._books.values():
            whole = kept.whole_seconds + (0.0 if kept.whole_since is None else now - kept.whole_since)
            book = kept.book
            yield Integrity(
                kept.market, kept.symbol, book.state, book.broken, book.contradicted, kept.snapshots, book.orphans,
                len(book), whole / (now - kept.began_at) if now > kept.began_at else 0.0,
            )  # fmt: skip

    def _needs_snapshot(self, kept: Kept, now: float) -> bool:
        if kept.book.state != WHOLE or kept.book.is_near_edge(self._levels):
            return True
        kept.ask_at = now + LOOKED_AT_EVERY_SECONDS
        return False

    def _succeed(self, kept: Kept, now: float) -> None:
        if kept.succeed():
            kept.asked, kept.ask_at = 0, now + CALM_SECONDS

    def _kept(self, symbol: str, market: str, now: float) -> Kept | None:
        kept = self._books.get((market, symbol))
        if kept is None and (self._only is None or symbol in self._only):
            self._make_room()
            kept = self._books[market, symbol] = Kept(symbol, market, now)
            self._lost.append(Lost(symbol, market, WARMING, kept.reason))
        return kept

    def _make_room(self) -> None:
        """Those silent for longest go first, a twentieth at a time."""
        if len(self._books) >= self._max_books:
            for kept in nsmallest(1 + self._max_books // 20, self._books.values(), attrgetter("heard_at")):
                del self._books[kept.market, kept.symbol]

    def _shown(self, kept: Kept, event_time: float | None, now: float) -> BookUpdate | None:
        """Its best levels; a book that is crossed, or does not reach far enough, is lost."""
        best = kept.book.best(self._levels)
        if best and best[0] and best[1] and best[0][0][0] >= best[1][0][0]:
            kept.book.lose()
            self._is_lost(kept, CROSSED, now)
            raise Refused(CROSSED, kept.symbol, kept.market)
        if best is None:
            kept.book.lose()
            self._is_lost(kept, OUT_OF_REACH, now)
            return None
        return BookUpdate(
            kept.symbol, kept.market, kept.book.last_id, event_time, *best, b"", depth=MAX_LEVELS
        )

    def _is_lost(self, kept: Kept, reason: str, now: float) -> None:
        """Ask anew, at once where the last snapshot held for a while."""
        kept.reason, kept.broken, kept.successor = reason, kept.book.broken, None
        self.gaps += 1
        self.contradicted += reason == CONTRADICTED
        since, kept.whole_since = kept.whole_since, None
        lasted = 0.0 if since is None else now - since
        kept.whole_seconds += lasted
        if lasted > CALM_SECONDS:
            kept.asked, kept.ask_at = 0, now
        else:
            self.not_answered(kept.market, kept.symbol, now)
        self._lost.append(Lost(kept.symbol, kept.market, GAP, reason))

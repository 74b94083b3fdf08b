"""Damaged messages through everything that touches them: `make fuzz`, a million of them.

Each message goes through the feed's decoder and analyzer, through a decoder of every kind of frame, and
through the strategies. What the analyzer keeps is drained, packed, rolled up and answered as clients would
get it. Only Refused may be raised, no strategy may fail, every number must be finite and possible, and
memory must not grow once the caches are warm.
"""

import argparse
import gc
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import islice
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np
import psutil

from metrics.answers import Body
from metrics.answers.book import book_answer
from metrics.answers.liquidity import book_answer as liquidity_of
from metrics.answers.market import row_answer, summary_body
from metrics.domain.admission.contracts import DIFF
from metrics.domain.admission.rules import Rules
from metrics.domain.analyzer import Current, DepthAnalyzer, StoredBook
from metrics.domain.book import BookUpdate, Refused
from metrics.domain.choice import EACH, FOLLOWED, read_choice
from metrics.domain.frames import (
    BookChange,
    BookSnapshot,
    BookTicker,
    Dominance,
    MarkPrice,
    OnchainFlow,
    Ticker,
    Trade,
)
from metrics.domain.full_books import FullBooks, Lost
from metrics.domain.liquidity.known import known_book
from metrics.domain.market import STATES, TRENDS, Expiry, MarketRow
from metrics.domain.minutes import MinuteBook
from metrics.domain.view import MarketView
from metrics.feed import origins, wire
from metrics.feed.streams import Ignored
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder
from metrics.store.reader import Known
from metrics.store.wholes import packed, unpacked
from strategies import engine, running
from strategies.domain.evaluators import EVALUATORS
from strategies.domain.signal import Signal
from tests.mutations import Mutator

EXPIRY = Expiry()
BEGIN = 1_723_248_000.0
"""After every recording; what is sent as it was recorded comes late."""
DRAIN_EVERY = 500
WARM_UP = 0.3
FULL_CACHE = 2_000
"""Stream names the decoder may remember here, few enough for its caches to be full once it is warm."""
EVERY_KIND = (
    BookUpdate,
    BookChange,
    BookSnapshot,
    BookTicker,
    Dominance,
    MarkPrice,
    OnchainFlow,
    Ticker,
    Trade,
)
MADE_BOOKS = (BookUpdate, BookChange, BookSnapshot)
SUBJECT = "binance.websocket.data"
RARE_SUBJECTS = {
    0: "market.kraken.depth.BTCUSDT",
    30: "market.okx-usdm.depth.BTCUSDT",
    60: "market.OKX!.depth.BTCUSDT",
}
"""Of a hundred messages, by their number."""


SIZES, BANDS = (1.0, 1e5, 1e9), (0.01, 10.0, 10_000.0)


class Impossible(AssertionError):
    """A number that must never be served."""


class Pipeline:
    """What a feed and its readers do with messages, without the servers between."""

    def __init__(self) -> None:
        self.decoder = WireDecoder(reads=BOOKS_AND_REFERENCES | FULL_BOOKS)
        self.full_books = FullBooks(levels=20, max_books=1_000)
        self.analyzer = DepthAnalyzer(wire.read_levels, max_symbols=1_000, whole=self.full_books.known)
        self.minutes = MinuteBook(self.analyzer.is_new)
        self.reader = WireDecoder(reads=EVERY_KIND)
        self.strategies = engine.Engine(
            EVALUATORS,
            self._signalled,
            rules=Rules(max_symbols=1_000),
            full_books=FullBooks(levels=20, max_books=1_000),
            clock=lambda: self.now,
        )
        self.kinds: Counter[str] = Counter()
        self.view = MarketView(EXPIRY)
        self.most_markets = 0
        self.now = BEGIN
        self.messages = self.answers = 0
        self.refused: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()

    def _keep_whole(self, found: BookChange | BookSnapshot) -> None:
        books = self.full_books
        try:
            book = books.take(found, self.now)
        finally:
            self._interrupt(books.take_lost())
        if book:
            self.analyzer.update(book, self.now)

    def _interrupt(self, lost: list[Lost]) -> None:
        for each in lost:
            self.analyzer.interrupt(*each, self.now)

    def take(self, raw: bytes) -> None:
        self.messages += 1
        self.now += 0.001 if self.messages % 20_000 else 70.0
        subject = RARE_SUBJECTS.get(self.messages % 100, SUBJECT)
        self._show_to_strategies(raw, subject)
        try:
            found = self.decoder.decode(raw, subject)
            if isinstance(found, Ignored):
                self.ignored[found.kind] += 1
                if found.symbol:
                    self.analyzer.admission.blame(found.symbol, found.kind, self.now)
            elif isinstance(found, BookUpdate):
                self.analyzer.update(found, self.now)
            elif isinstance(found, (BookChange, BookSnapshot)):
                self._keep_whole(found)
            else:
                if isinstance(found, BookTicker):
                    self._interrupt(self.full_books.touch(found, self.now))
                self.analyzer.hear(found, self.now)
        except Refused as refusal:
            self._count(refusal.reason)
            if refusal.symbol:
                self.analyzer.admission.blame(refusal.symbol, refusal.reason, self.now, refusal.market)
        self._settle()
        if self.messages % DRAIN_EVERY == 0:
            self._carry_out()

    def _settle(self) -> None:
        for decided in self.analyzer.settle(self.now):
            self._count(decided.reason, decided.messages)

    def _count(self, reason: str, count: int = 1) -> None:
        (self.ignored if reason == DIFF else self.refused)[reason] += count

    def _show_to_strategies(self, raw: bytes, subject: str) -> None:
        self.strategies.process(raw, subject)
        if self.strategies.strategies.failures:
            raise Impossible(f"strategies fail: {self.strategies.strategies.failures}")
        with suppress(Refused):
            found = self.reader.decode(raw, subject)
            if not isinstance(found, Ignored):
                self.kinds[type(found).__name__] += 1
                if not isinstance(found, MADE_BOOKS):  # whose numbers are checked when they are
                    check_finite(msgspec.to_builtins(found))

    def _signalled(self, signal: Signal) -> None:
        check_finite(msgspec.to_builtins(signal))

    def _carry_out(self) -> None:
        self.analyzer.pass_time(self.now)
        self._settle()
        self.strategies.pass_time()
        self.strategies.tidy()
        self.analyzer.expire(self.now)
        list(self.analyzer.not_live(self.now))
        changed, removed, _, _, ticks, flow, trades = self.analyzer.drain()
        if {market.symbol for market in removed} - {*changed}:
            raise Impossible(f"gone without a word: {removed}")
        columns = (
            ticks.times, ticks.ratios, ticks.bids, ticks.asks, ticks.mids, ticks.spreads_bps, ticks.totals
        )  # fmt: skip
        if not np.isfinite(columns).all():
            raise Impossible(f"ticks: {ticks}")
        self.minutes.add(ticks, flow)
        self.minutes.add_trades(trades)
        self._show({symbol: self.analyzer.current(symbol, self.now) for symbol in changed})
        for minute in self.minutes.close(self.now):
            check_finite(msgspec.to_builtins(minute))
        for choice in (FOLLOWED, read_choice(EACH, None), read_choice("binance", "spot")):
            check_finite(summary_body(self.view.summary(self.now, choice), self.now))
            self.answers += 1

    def _show(self, changes: dict[str, list[Current]]) -> None:
        """What a reader makes of it: the rows of each symbol, the followed one first."""
        rows = {symbol: [self._read(each) for each in markets] for symbol, markets in changes.items()}
        gone = [symbol for symbol, of_symbol in rows.items() if not of_symbol]
        self.view.sweep(self.now)
        self.view.apply([of_symbol for of_symbol in rows.values() if of_symbol], gone, self.now)
        for symbol, of_symbol in rows.items():
            markets = [row.market for row in of_symbol]
            if {row.symbol for row in of_symbol} - {symbol} or len(set(markets)) < len(markets):
                raise Impossible(f"markets of {symbol}: {of_symbol}")
            followed = self.analyzer.admission.get(symbol)
            name = followed and followed.followed and followed.followed.name
            if name in markets[1:]:
                raise Impossible(f"{name} is followed: {of_symbol}")
            self.most_markets = max(self.most_markets, len(markets))

    def _read(self, change: Current) -> MarketRow:
        row = msgspec.msgpack.decode(msgspec.msgpack.encode(change.row), type=MarketRow)
        book = msgspec.msgpack.decode(msgspec.msgpack.encode(change.book), type=StoredBook)
        if (row, book) != (change.row, change.book):
            raise Impossible(f"not the same after a round trip: {change}")
        check_row(row_answer(row, EXPIRY, self.now))
        levels = change.whole or known_book(book.ladder.bids, book.ladder.asks)
        if change.whole and unpacked(packed(book.id, book.received_at, change.whole)).mid != change.whole.mid:
            raise Impossible(f"another whole book after a round trip: {change}")
        known = levels and Known(levels, book.received_at)
        check_finite(liquidity_of(book, known, row.usd_per_quote, SIZES, BANDS, EXPIRY, self.now))
        check_depth(book_answer(book, EXPIRY, self.now, 20))
        self.answers += 2
        return row


def check_finite(body: Any) -> None:
    json.dumps(body, allow_nan=False)


def check_row(row: Body) -> None:
    check_finite(row)
    pressure = row["net_pressure"]
    if row["state"] not in STATES or row["trend"] not in TRENDS:
        raise Impossible(f"words: {row}")
    if pressure is not None and not -100 <= pressure <= 100:
        raise Impossible(f"pressure: {row}")


def check_depth(answer: Body) -> None:
    check_finite(answer)
    spread, ratio = answer["spread"], answer["imbalance"]["ratio"]
    known = ratio is not None
    if known != (spread["mid_price"] is not None) or (known and not -1 <= ratio <= 1):
        raise Impossible(f"ratio: {answer}")
    if known and not 0 < spread["best_bid"] <= spread["mid_price"] <= spread["best_ask"]:
        raise Impossible(f"prices: {answer}")
    for side in ("bid", "ask"):
        volume = answer["imbalance"][f"{side}_volume"]
        if volume is not None and not volume > 0:
            raise Impossible(f"volume: {answer}")


class Outcome(msgspec.Struct):
    """What a run found; memory in MB of the whole process."""

    messages: int
    accepted: int
    refused: dict[str, int]
    ignored: dict[str, int]
    kinds: dict[str, int]
    signals: dict[str, int]
    answers: int
    most_markets: int
    warm_mb: float
    end_mb: float
    seconds: float

    @property
    def growth_mb(self) -> float:
        return self.end_mb - self.warm_mb

    def __str__(self) -> str:
        return (
            f"{self.messages:,} messages in {self.seconds:.0f} s: {self.accepted:,} accepted, "
            f"{sum(self.refused.values()):,} refused, {sum(self.ignored.values()):,} ignored; "
            f"{self.answers:,} answers, every number finite; up to {self.most_markets} markets of a symbol.\n"
            f"Memory {self.warm_mb:.1f} MB after the first {WARM_UP:.0%}, {self.end_mb:.1f} MB at the end.\n"
            f"Refused: {listed(self.refused)}.\nIgnored: {listed(self.ignored)}.\n"
            f"Read: {listed(self.kinds)}.\nSignals: {listed(self.signals)}."
        )


def listed(counts: dict[str, int]) -> str:
    names = sorted(counts, key=lambda name: -counts[name])
    shown = ", ".join(f"{name} {counts[name]:,}" for name in names[:16])
    return shown if len(names) <= 16 else f"{shown} and {len(names) - 16} more names"


def fuzz(messages: int, seed: int) -> Outcome:
    """Run; an exception carries the number of the message and the message itself as notes."""
    began = time.perf_counter()
    warm_mb = 0.0
    with (
        patch.object(origins, "MOST_REMEMBERED", FULL_CACHE),
        patch.object(running, "REMEMBERED_SYMBOLS", FULL_CACHE),
    ):
        pipeline = Pipeline()
        for number, raw in enumerate(islice(Mutator(seed, lambda: pipeline.now), messages)):
            if number == int(messages * WARM_UP):
                warm_mb = memory_mb()
            try:
                pipeline.take(raw)
            except Exception as error:
                error.add_note(f"message {number} of seed {seed}: {raw[:2000]!r}")
                raise
    return Outcome(
        messages=pipeline.messages,
        accepted=pipeline.analyzer.accepted,
        refused=pipeline.refused,
        ignored=pipeline.ignored,
        kinds=pipeline.kinds,
        signals=Counter(name for name, _ in pipeline.strategies.strategies.signals.elements()),
        answers=pipeline.answers,
        most_markets=pipeline.most_markets,
        warm_mb=warm_mb,
        end_mb=memory_mb(),
        seconds=time.perf_counter() - began,
    )


def memory_mb() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Damaged messages through the feed, its answers and the strategies."
    )
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(fuzz(options.messages, options.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())

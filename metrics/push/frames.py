"""The JSON text frames of the market WebSockets, and the market they are rendered from.

Pure: given rows, books and a time, it says what to send. Nothing here waits for anything.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import Any
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from live.frames import encode
from metrics.answers.book import book_answer
from metrics.answers.feeds import clock_notices, origin_notice, quiet_notice
from metrics.answers.liquidity_shapes import LiquidityNow
from metrics.answers.market import row_answer, summary_body
from metrics.answers.rounding import timestamp
from metrics.domain.analyzer import StoredBook
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.market import SUSPECT, Expiry, MarketId, MarketRow
from metrics.domain.view import Changes, MarketView
from metrics.marks import UNMARKED, Mark, Marks
from metrics.store.reports import FeedReport, last_restarted
from metrics.store.values import Batch, newest


class Filter(msgspec.Struct, frozen=True):
    """The symbols a socket asked for (None: all), and which of their markets."""

    symbols: frozenset[str] | None = None
    choice: Choice = FOLLOWED


EVERYTHING = Filter()

BATCH_OVERDUE_AFTER_SECONDS = 3.0
"""A feed sends a batch at least once a second; without one for this long it counts as silent."""
RUN_FORGOTTEN_SECONDS = 3600.0
"""After so long what a run of a feed may still have sent is of no use: all rows of then have expired."""


class FeedLink(msgspec.Struct):
    """Where we are in the batches of one run of a feed, and what it last said of itself."""

    seq: int
    heard_at: float  # by our clock
    reported_at: float  # by the feed's
    nats_away_since: float | None
    wrong_clocks: dict[str, float]
    restarts: int
    started_at: float
    last_message_at: float | None
    subjects: list[str]
    origins: list[str]
    last_accepted_at: float | None
    refused_mostly: str | None

    def is_heard(self, now: float) -> bool:
        return now - self.heard_at <= BATCH_OVERDUE_AFTER_SECONDS


class MarketFrames:
    """Follows the feeds' batches and renders snapshots and updates, each at most once per filter; venues that are
    nowhere make none different.

    `epoch` and `seq` number the updates of this process. A batch that is missing, or a feed that began
    anew, makes `follow` return False: what is known must then be loaded again, which begins a new epoch.
    What is applied adds up until `begin_update` makes an update of it, which is about `changed` and `removed`.
    `as_of`, in seconds since the epoch, is when a feed published the newest of what is known here.
    """

    def __init__(self, expiry: Expiry, interval_ms: int) -> None:
        self.view = MarketView(expiry)
        self.marks = Marks()
        self.interval_ms = interval_ms
        self.epoch = ""
        self.seq = 0
        self.as_of = 0.0
        self._loaded_at = 0.0
        self.store_away_since: float | None = None  # told by whoever reaches for it
        self._links: dict[str, dict[str, FeedLink]] = {}  # by feed, then by its epoch
        self._reported: dict[str, FeedLink] = {}  # until their next batch
        self.changed: set[str] = set()
        self.removed: dict[str, None] = {}
        self.gone: dict[MarketId, None] = {}
        self.moved: set[str] = set()
        self._news: set[str] = set()
        # In order; what came back since is among the news as well.
        self._removed: dict[str, None] = {}
        self._gone: dict[MarketId, None] = {}
        self._moved: set[str] = set()
        self._rendered: dict[tuple[str, Filter], str] = {}
        self._look_where()

    def load(self, rows: dict[str, list[MarketRow]], now: float, reports: Iterable[FeedReport] = ()) -> None:
        """Start a new epoch from everything the store held at `now`; `reports` are those of the feeds."""
        self.view.replace(rows, now)
        self._loaded_at = now
        self.as_of = max(self.as_of, now)
        self._news, self._removed, self._gone, self._moved = set(), {}, {}, set()
        self.gone = {}
        self._reported = {
            report.instance: FeedLink(
                0,
                report.reported_at,
                report.reported_at,
                report.nats_away_since,
                report.wrong_clocks,
                report.restarts,
                report.started_at,
                report.last_message_at,
                report.subjects,
                report.origins,
                report.last_accepted_at,
                report.refused_mostly,
            )
            for report in reports
        }
        self.epoch = uuid4().hex[:12]
        self.seq = 0
        self._rendered.clear()
        self._look_where()

    def follow(self, batch: Batch, now: float) -> bool:
        """Take in where a feed is and what it says of itself; False where this does not follow the batch before."""
        runs = self._links.setdefault(batch["feed"], {})
        link = runs.get(batch["epoch"])
        follows = link.seq + 1 == batch["seq"] if link else not runs
        runs[batch["epoch"]] = FeedLink(
            batch["seq"],
            now,
            batch.get("sent_at", now),
            batch.get("nats_away_since"),
            batch.get("wrong_clocks", {}),
            batch.get("restarts", 0),
            batch.get("started_at", 0.0),
            batch.get("last_message_at"),
            batch.get("subjects", []),
            batch.get("origins", []),
            batch.get("last_accepted_at"),
            batch.get("refused_mostly"),
        )
        self._reported.pop(batch["feed"], None)
        return follows

    def apply(self, batch: Batch, rows: Iterable[list[MarketRow]], now: float) -> None:
        """Take in what a batch tells of the market: its `rows`, read, and what it removes."""
        rows, removed, sent_at = list(rows), batch["removed"], min(batch.get("sent_at", now), now)
        if sent_at < self._loaded_at:
            rows, removed = self._not_loaded(rows, removed, sent_at)
        told_anew = [of_symbol for of_symbol in rows if of_symbol[0].symbol in self._news]
        suspect = {row.id for of_symbol in told_anew for row in self._suspect(of_symbol[0].symbol)}
        self._add_news(self.view.apply(rows, removed, now))
        # What was suspect in between is not told any more, but must be let go of all the same.
        for market in suspect.difference(row.id for symbol, _ in suspect for row in self._suspect(symbol)):
            self._gone[market] = None
            if self.view.rows[market.symbol][0].market == market.market:
                self._removed[market.symbol] = None
        self.as_of = max(self.as_of, sent_at)

    def _suspect(self, symbol: str) -> list[MarketRow]:
        return [row for row in self.view.rows.get(symbol, ()) if row.book == SUSPECT]

    def _not_loaded(
        self, rows: Iterable[list[MarketRow]], removed: list[str], sent_at: float
    ) -> tuple[list[list[MarketRow]], list[str]]:
        """Of a batch sent before everything was loaded, what is no older than that: it may not have been stored yet."""

        def is_news(symbol: str, moment: float) -> bool:
            known = self.view.rows.get(symbol)
            return known is None or moment >= newest(known)

        return (
            [of_symbol for of_symbol in rows if is_news(of_symbol[0].symbol, newest(of_symbol))],
            [symbol for symbol in removed if is_news(symbol, sent_at)],
        )

    def sweep(self, now: float) -> bool:
        """Let time pass; True where that alone changed something. Ages move on in any case."""
        self._rendered.clear()
        self._forget_runs(now)
        self._add_news(self.view.sweep(now))
        return self.has_news

    def mark(self, marks: Marks) -> bool:
        """Mark symbols like this from now on; True where that changes what is said of any."""
        before, self.marks = self.marks, marks
        if before == marks:
            return False
        self._rendered.clear()
        self._news.update(name for name in self.view.rows if before.of(name) != marks.of(name))
        return self.has_news

    def feed_state(self, now: float) -> str:
        """ "live" while any feed is heard, else "silent"."""
        return "live" if any(self._heard(now)) else "silent"

    def nats_away_since(self, now: float) -> float | None:
        """Since when a feed that is heard has had no connection to NATS; None where all have one."""
        away = [link.nats_away_since for link in self._heard(now) if link.nats_away_since is not None]
        return min(away, default=None)

    def standing(self, now: float) -> dict[str, str | int | None]:
        """What every frame says of the feeds and of the store, which stands between them and us."""
        return {"feed": self.feed_state(now), **self._restarts(now), **self.outages(now)}

    def _restarts(self, now: float) -> dict[str, str | int | None]:
        """How often a feed died and was started again, and when last; empty where none was."""
        if (link := last_restarted(self._heard(now))) is None:
            return {}
        return {"feed_restarts": link.restarts, "feed_restarted_at": timestamp(link.started_at)}

    def outages(self, now: float) -> dict[str, str]:
        """What keeps the feeds from telling more, and since when; empty where nothing does.

        A feed that is heard has told us everything, whether or not the store can be read.
        """
        is_heard = self.feed_state(now) == "live"
        since = {
            "nats_away_since": self.nats_away_since(now),
            "store_away_since": None if is_heard else self.store_away_since,
        }
        told = {name: str(timestamp(moment)) for name, moment in since.items() if moment is not None}
        notices = [text for link in self._heard(now) for text in clock_notices(link.wrong_clocks)]
        shown_since = now - self.view.expiry.ttl
        origins = {
            origin for link in self._known() if link.heard_at >= shown_since for origin in link.origins
        }
        more = {
            "clock_notice": " ".join(notices),
            "quiet_notice": quiet_notice(self._heard(now)),
            "origin_notice": origin_notice(origins),
        }
        return told | {name: text for name, text in more.items() if text}

    def _heard(self, now: float) -> Iterator[FeedLink]:
        return (link for link in self._known() if link.is_heard(now))

    def _known(self) -> Iterator[FeedLink]:
        """Of every run that is remembered; those that have ended may have books that are still shown."""
        links = (link for runs in self._links.values() for link in runs.values())
        return chain(self._reported.values(), links)

    def _forget_runs(self, now: float) -> None:
        for feed, runs in list(self._links.items()):
            for epoch in [
                epoch for epoch, link in runs.items() if now - link.heard_at > RUN_FORGOTTEN_SECONDS
            ]:
                del runs[epoch]
            if not runs:
                del self._links[feed]

    @property
    def has_news(self) -> bool:
        """Is there something to make an update of?"""
        return bool(self._news or self._removed or self._gone)

    def begin_update(self) -> None:
        """The next frames rendered are the next in sequence, about the news there are.

        What went and came back, or goes by a name that meant another market, is told as gone by this update and anew by
        the next: whoever showed it lets go of its past, in whatever order he reads a frame.
        """
        self.seq += 1
        self._rendered.clear()
        self.changed, self.removed = self._news, self._removed
        self.gone, self.moved = self._gone, self._moved
        again = self._removed.keys() | {market.symbol for market in self._gone} | self._moved
        self._news, self._removed, self._gone, self._moved = self._news & again, {}, {}, set()
        self._look_where()

    def _look_where(self) -> None:
        """Where anything is traded, and the venues that there are, or were until this update."""
        self._markets = self.view.markets()
        left = {market.venue for market in self.gone}
        self._venues = left.union(market.partition("/")[0] for market in self._markets)

    def _add_news(self, changes: Changes) -> None:
        self._removed |= dict.fromkeys(changes.removed)
        self._gone |= dict.fromkeys(changes.gone)
        self._moved |= changes.moved
        self._news.difference_update(changes.removed)
        self._news.update(changes.changed)

    def update(self, wanted: Filter, now: float) -> str:
        """What changed, for everybody with this filter."""

        def render(wanted: Filter) -> str:
            removed = self._names_left(wanted)
            return self._render("update", wanted, self.changed, now, removed, removed=removed)

        return self._once("update", wanted, render)

    def snapshot(self, wanted: Filter, now: float) -> str:
        """Everything that is known, for a socket that knows nothing yet."""

        def render(wanted: Filter) -> str:
            return self._render("snapshot", wanted, self.view.rows, now, interval_ms=self.interval_ms)

        return self._once("snapshot", wanted, render)

    def _once(self, kind: str, wanted: Filter, render: Callable[[Filter], str]) -> str:
        """What is rendered for a filter, and for all that differ by venues that are nowhere."""
        choice = wanted.choice
        if choice.venues is not None:
            wanted = replace(wanted, choice=replace(choice, venues=choice.venues & self._venues))
        if (kind, wanted) not in self._rendered:
            self._rendered[kind, wanted] = render(wanted)
        return self._rendered[kind, wanted]

    def _names_left(self, wanted: Filter) -> list[str]:
        """What somebody with this filter is to let go of, by the names he knows."""
        choice, symbols = wanted.choice, wanted.symbols
        if choice == FOLLOWED:
            return [symbol for symbol in self.removed if symbols is None or symbol in symbols]
        gone = [market for market in self.gone if symbols is None or market.symbol in symbols]
        names = dict.fromkeys(choice.name(market) for market in gone if choice.takes(market))
        if not choice.is_each:  # of several markets another may be first now
            moved = self.moved if symbols is None else self.moved & symbols
            names |= dict.fromkeys(symbol for symbol in moved if len(self._taken(symbol, choice)) > 1)
        return list(names)

    def _taken(self, symbol: str, choice: Choice) -> list[MarketRow]:
        return [row for row in self.view.rows.get(symbol, ()) if choice.takes(row.id)]

    def heartbeat(self, now: float) -> str:
        """A sign of life while nothing changes."""
        return encode({"type": "heartbeat", "sent_at": timestamp(now), **self.standing(now)})

    def _render(
        self,
        kind: str,
        wanted: Filter,
        symbols: Collection[str],
        now: float,
        left: Collection[str] = (),
        **more: Any,
    ) -> str:
        if wanted.symbols is not None:
            symbols = wanted.symbols.intersection(symbols)
        frame = {
            "type": kind,
            "epoch": self.epoch,
            "seq": self.seq,
            **more,
            "sent_at": timestamp(self.as_of),
            **self.standing(now),
            "markets": self._markets,
            "summary": self._summary(wanted.choice, now),
            "symbols": {
                name: row_answer(row, self.view.expiry, now, self.marks.of(row.symbol))
                for symbol in sorted(symbols)
                for name, row in wanted.choice.of(self.view.rows.get(symbol, ())).items()
                if name not in left
            },
        }
        return encode(frame)

    def _summary(self, choice: Choice, now: float) -> msgspec.Raw:
        def render(wanted: Filter) -> str:
            return encode(summary_body(self.view.summary(now, wanted.choice), now))

        return msgspec.Raw(self._once("summary", Filter(choice=choice), render).encode())


def depth_frame(
    kind: str,
    book: StoredBook,
    expiry: Expiry,
    levels: int,
    now: float,
    as_of: float,
    row: MarketRow | None = None,
    liquidity: LiquidityNow | None = None,
    mark: Mark = UNMARKED,
    **numbering: Any,
) -> str:
    """One symbol in full, with its ladder, as it was known `as_of` and is told `now`; `kind` is snapshot or update.

    `row` is what lists show of the same market, as it was published last, `liquidity` what trading in the book costs.
    """
    return encode(
        {
            "type": kind,
            **numbering,
            "sent_at": timestamp(as_of),
            "symbol": book.symbol,
            "venue": book.id.venue,
            "form": book.id.form,
            "halt": _halt(mark),
            "metrics": book_answer(book, expiry, now, levels, mark),
            "row": row and row_answer(row, expiry, now, mark),
            "liquidity": liquidity,
            "ladder": {"bids": book.ladder.bids[:levels], "asks": book.ladder.asks[:levels]},
        }
    )


def _halt(mark: Mark) -> dict[str, Any] | None:
    """What to tell of a symbol that is halted, wholly or for some strategies."""
    if mark == UNMARKED:
        return None
    return {"since": timestamp(mark.since), "headline": mark.headline, "detail": mark.detail}


def removed_frame(symbol: str) -> str:
    """A watched symbol is gone."""
    return encode({"type": "removed", "symbol": symbol})

"""What befalls changes and whole books on their way, and what a feed makes of it: never a number that is not true."""

from collections import Counter, deque
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from markets.simulation.frames import RawFrame
from markets.simulation.market import SimulatedMarket
from markets.simulation.mishaps import (
    ANSWER_FAULTS,
    LATE_SECONDS,
    RETRY_SECONDS,
    Answer,
    AnswerFaults,
    ChangeFaults,
)
from metrics.domain.book import BookUpdate, Refused
from metrics.domain.frames import BookChange, BookSnapshot, BookTicker
from metrics.domain.full_book import WHOLE
from metrics.domain.full_books import AWAITING_SNAPSHOT, MISSING_CHANGE, FullBooks
from metrics.domain.market import GAP, WARMING
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder
from tests.markets.simulation.keeper import START_MS, simulated

LEVELS = 20
FORMS = ("binance", "binance-usdm")
Best = tuple[list[tuple[float, float]], list[tuple[float, float]]]


class Feed:
    """Keeps the whole books of a market as a feed does, and holds all it shows against the market's own.

    Time is that of the market. `shown` are the ids it showed a book of, by symbol.
    """

    def __init__(self, market: SimulatedMarket) -> None:
        self.market = market
        self.books = FullBooks(levels=LEVELS, max_books=100, chance=lambda: 1.0)
        self.decoder = WireDecoder(reads=BOOKS_AND_REFERENCES | FULL_BOOKS)
        self.now = START_MS / 1_000
        self.states: dict[str, str] = {}
        self.shown: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.lost: list[tuple[str, str, str]] = []
        self._truth: dict[tuple[str, int], Best] = {}
        self._answers: deque[tuple[float, Answer]] = deque()
        self._ticks = 0

    def live(self, seconds: float) -> "Feed":
        """Hear the market, and ask it, for so long."""
        for _ in range(round(seconds / self.market.tick_seconds)):
            self._ticks += 1
            self.now = START_MS / 1_000 + self._ticks * self.market.tick_seconds
            frames = self.market.tick(round(1_000 * self.now))
            sent = {frame.symbol for frame in frames}
            for each in self.market.instruments:
                if each.symbol not in sent:
                    continue
                self._truth[each.symbol, each.update_id] = (
                    [(float(price), float(size)) for price, size in each.bids.levels[:LEVELS]],
                    [(float(price), float(size)) for price, size in each.asks.levels[:LEVELS]],
                )
            for frame in frames:
                self.hear(frame)
            self._ask()
        return self

    def hear(self, frame: RawFrame) -> None:
        read = self.decoder.decode(frame.payload)
        if isinstance(read, BookChange | BookSnapshot):
            self._show(self.books.take(read, self.now))
        elif isinstance(read, BookTicker):
            self.books.touch(read, self.now)
        self._note()

    def state(self, symbol: str = "BTCUSDT") -> str:
        return next(each.state for each in self.books.integrity(self.now) if each.symbol == symbol)

    def figures(self, symbol: str = "BTCUSDT") -> Any:
        return next(each for each in self.books.integrity(self.now) if each.symbol == symbol)

    def _show(self, book: BookUpdate | None) -> None:
        if book is None:
            return
        assert (book.bids, book.asks) == self._truth[book.symbol, book.update_id]
        self.shown[book.symbol] += 1

    def _note(self) -> None:
        self.lost += [(each.symbol, each.state, each.reason) for each in self.books.take_lost()]

    def _ask(self) -> None:
        for market, symbol in self.books.requests(self.now, 8):
            answer = self.market.answer(
                symbol, futures=market.endswith("/usdm"), now_ms=round(1_000 * self.now)
            )
            assert answer
            self._answers.append((self.now + answer.after_seconds, answer))
            if answer.frame is None:
                self.answered["refused"] += 1
                self.books.not_answered(market, symbol, self.now, answer.retry_seconds)
        for _ in range(len(self._answers)):
            due, answer = self._answers.popleft()
            if due > self.now:
                self._answers.append((due, answer))
            elif answer.frame:
                self.answered["whole"] += 1
                self.hear(answer.frame)


@pytest.fixture(params=FORMS)
def feed(request: pytest.FixtureRequest) -> Feed:
    """Of one symbol, without accidents."""
    return Feed(simulated(request.param, symbols=1).markets[0])


def with_change_fault(feed: Feed, kind: str) -> Callable[[], None]:
    """From now on this kind befalls the next change whenever the returned is called."""
    due: list[float] = []
    feed.market.change_faults = ChangeFaults(lambda: due.pop() if due else 1.0, [kind])
    return lambda: due.append(0.0)


def test_without_accidents_the_book_is_whole_from_its_first_answer_on_and_agrees_with_every_touch(feed: Feed):
    feed.live(5)
    assert feed.state() == WHOLE
    assert feed.lost == [("BTCUSDT", WARMING, AWAITING_SNAPSHOT)]
    assert feed.shown["BTCUSDT"] >= 48
    assert feed.figures().contradicted == 0


@pytest.mark.parametrize("kind", ["missing", "swapped"])
def test_a_change_that_is_missing_or_overtaken_is_a_gap_and_the_next_answer_mends_it(feed: Feed, kind: str):
    befall = with_change_fault(feed, kind)
    feed.live(40)
    befall()
    feed.live(0.3)
    assert ("BTCUSDT", GAP, MISSING_CHANGE) in feed.lost
    shown = feed.shown["BTCUSDT"]
    feed.live(3)
    assert feed.state() == WHOLE
    assert feed.shown["BTCUSDT"] > shown
    assert feed.figures().gaps >= 1


def test_nothing_is_shown_between_the_gap_and_the_answer(feed: Feed):
    befall = with_change_fault(feed, "missing")
    feed.live(5)
    befall()
    feed.live(0.2)
    shown = feed.shown["BTCUSDT"]
    feed.live(0.5)  # the last answer is young: the next question waits for a second
    assert feed.state() == GAP
    assert feed.shown["BTCUSDT"] == shown


def test_a_change_told_twice_does_no_harm(feed: Feed):
    befall = with_change_fault(feed, "doubled")
    feed.live(2)
    befall()
    feed.live(2)
    assert feed.state() == WHOLE
    assert feed.figures().gaps == 0


def with_answer_fault(feed: Feed, kind: str) -> Feed:
    """Every second answer is such."""
    feed.market.answer_faults = AnswerFaults([kind])
    return feed


def lose(feed: Feed) -> None:
    befall = with_change_fault(feed, "missing")
    befall()
    feed.live(0.3)
    assert ("BTCUSDT", GAP, MISSING_CHANGE) in feed.lost


def test_an_answer_that_is_late_begins_the_book_where_it_was_made(feed: Feed):
    with_answer_fault(feed, "late").live(40)
    lose(feed)
    shown = feed.shown["BTCUSDT"]
    feed.live(LATE_SECONDS - 0.5)
    assert feed.state() == GAP
    assert feed.shown["BTCUSDT"] == shown
    feed.live(1)
    assert feed.state() == WHOLE
    assert feed.shown["BTCUSDT"] > shown


def test_an_answer_that_is_refused_is_asked_for_again_when_it_was_told_to_and_not_before(feed: Feed):
    with_answer_fault(feed, "refused").live(40)
    lose(feed)
    assert feed.answered["refused"] == 1
    feed.live(RETRY_SECONDS - 0.5)
    assert feed.state() == GAP
    feed.live(1)
    assert feed.state() == WHOLE
    assert feed.answered["refused"] == 1


def test_an_answer_that_is_older_than_the_changes_held_begins_nothing_and_another_is_asked_for(feed: Feed):
    with_answer_fault(feed, "old").live(40)
    lose(feed)
    assert feed.answered["whole"] == 2
    assert feed.state() == GAP
    feed.live(30)
    assert feed.state() == WHOLE
    assert feed.answered["whole"] >= 3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", [1, 2])
def test_with_all_of_them_at_once_every_number_shown_is_the_markets_own_and_books_come_back(
    form: str, seed: int
):
    (market,) = simulated(form, seed=seed, faults=True, kinds=("diff", "bookTicker")).markets
    feed = Feed(market).live(180)
    assert feed.books.gaps > 3
    assert feed.answered["refused"] > 0
    market.change_faults = market.answer_faults = None
    feed.live(70)
    assert feed.books.totals() == (3, 3)
    assert {each.contradicted for each in feed.books.integrity(feed.now)} == {0}


def test_bad_messages_of_every_kind_beside_them_lead_to_no_false_number_either():
    (market,) = simulated("binance-usdm", faults=True).markets
    feed = Feed(market)
    refused = 0
    hear = feed.hear

    def hear_all(frame: RawFrame) -> None:
        nonlocal refused
        try:
            hear(frame)
        except Refused:
            refused += 1

    feed.hear = hear_all  # type: ignore[method-assign]
    feed.live(60)
    assert refused
    assert sum(feed.shown.values()) > 500


def test_every_kind_comes_in_turn_about_once_in_five_hundred_changes():
    faults = ChangeFaults(Random(1).random)
    sizes = Counter(
        len(faults.passed(RawFrame("BTCUSDT", "diff", str(number).encode()))) for number in range(60_000)
    )
    assert sizes[1] > 59_600
    assert 20 < sizes[0] < 120
    assert 20 < sizes[2] < 120


def test_what_was_overtaken_comes_behind_the_next_and_nothing_is_lost():
    faults = ChangeFaults(Random(1).random, ["swapped"], share=1.0)
    sent = [RawFrame("BTCUSDT", "diff", str(number).encode()) for number in range(6)]
    arrived = [frame.payload for each in sent for frame in faults.passed(each)]
    assert arrived == [b"1", b"0", b"3", b"2", b"5", b"4"]


def test_accidents_of_one_symbol_leave_another_alone():
    faults = ChangeFaults(Random(1).random, ["swapped"], share=1.0)
    bitcoin, ether = RawFrame("BTCUSDT", "diff", b"1"), RawFrame("ETHUSDT", "diff", b"2")
    assert faults.passed(bitcoin) == faults.passed(ether) == []
    assert faults.passed(bitcoin) == [bitcoin, bitcoin]


def test_every_second_answer_is_sound_and_the_others_are_of_every_kind_in_turn():
    faults = AnswerFaults()
    told = [
        faults.befallen("BTCUSDT", Answer(str(number).encode(), RawFrame("BTCUSDT", "diff", b"")))
        for number in range(2 * len(ANSWER_FAULTS))
    ]
    assert [each.body for each in told] == [b"0", b"1", b"2", b"", b"4", b"4"]
    assert [each.after_seconds for each in told] == [0, LATE_SECONDS, 0, 0, 0, 0]
    assert [bool(each.error) for each in told] == [False, False, False, True, False, False]

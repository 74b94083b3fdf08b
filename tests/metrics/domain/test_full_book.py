"""A book kept whole: against the recorded exchange, and against a dictionary that hears everything."""

import gzip
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.book import Refused
from metrics.domain.frames import BookChange
from metrics.domain.full_book import MOST_WAITING, WHOLE, FullBook, Touch
from metrics.domain.market import GAP, WARMING
from tests.integration.markets import DATA, needs_recordings

AGREED = {"spot_btc_eth_20240808": 2_128, "usdm_btc_eth_20240808": 1_180, "spot_10sym_20210405": 1_155}
COMPARED = {"spot_btc_eth_20240808": 12_000, "usdm_btc_eth_20240808": 12_000, "spot_10sym_20210405": 4_000}
NAMES = tuple(AGREED)


class Data(msgspec.Struct):
    """A change, or a touch: whose `b` and `a` are texts."""

    s: str = ""
    e: str = ""
    U: int = 0
    u: int = 0
    pu: int | None = None
    b: list[tuple[float, float]] | float = 0.0
    a: list[tuple[float, float]] | float = 0.0
    B: float = 0.0
    A: float = 0.0


class Frame(msgspec.Struct):
    stream: str
    data: Data


class Snapshot(msgspec.Struct):
    lastUpdateId: int
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]


class Rest(msgspec.Struct):
    symbol: str
    recv_us: int
    snapshot: Snapshot


def recorded(name: str) -> Iterator[Rest | Frame]:
    """Changes and touches in order of arrival, and every snapshot where it arrived."""
    with gzip.open(DATA / f"{name}.rest.ndjson.gz") as file:
        decode = msgspec.json.Decoder(Rest, strict=False)
        rest = sorted(decode.decode_lines(file.read()), key=attrgetter("recv_us"))
    read = msgspec.json.Decoder(Frame, strict=False).decode
    with (
        gzip.open(DATA / f"{name}.raw.ndjson.gz") as frames,
        gzip.open(DATA / f"{name}.raw.recv_us.gz") as times,
    ):
        for line, at in zip(frames, times, strict=True):
            while rest and rest[0].recv_us <= int(at):
                yield rest.pop(0)
            if b"@depth" in line or b"@bookTicker" in line:
                yield read(line)
    yield from rest


@pytest.mark.recordings
@needs_recordings[1]
@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_market__agrees_with_every_touch_of_an_id_it_has_reached(name: str) -> None:
    """With that of just this id as it comes along, and with the newest one of any id up to it, afterwards."""
    books: dict[str, FullBook] = defaultdict(lambda: FullBook(is_contracts="usdm" in name))
    touches: dict[str, dict[int, Touch]] = defaultdict(dict)
    tops: dict[str, dict[int, Touch]] = defaultdict(dict)
    for told in recorded(name):
        if isinstance(told, Rest):
            book = told.snapshot
            books[told.symbol].snapshot(book.lastUpdateId, book.bids, book.asks)
            continue
        data = told.data
        book_of = books[data.s]
        if isinstance(data.b, list) and isinstance(data.a, list):
            if book_of.change(told_of(data.U, data.u, data.pu, data.b, data.a)) and (best := book_of.best(1)):
                tops[data.s][data.u] = (*best[0][0], *best[1][0])
        elif isinstance(data.b, float) and isinstance(data.a, float):
            touches[data.s][data.u] = touch = (data.b, data.B, data.a, data.A)
            book_of.touch(data.u, touch)

    assert all(book.state == WHOLE and not book.broken and not book.contradicted for book in books.values())
    assert sum(book.agreed for book in books.values()) == AGREED[name]
    compared = 0
    for symbol, of_symbol in tops.items():
        ids = sorted(touches[symbol])
        for number, top in of_symbol.items():
            if (place := bisect_right(ids, number)) and place < len(ids):
                assert top == touches[symbol][ids[place - 1]]
                compared += 1
    assert compared >= COMPARED[name]


# -- Any market ------------------------------------------------------------------------------

SIDE = st.lists(st.tuples(st.integers(1, 30).map(float), st.sampled_from([0.0, 1.0, 2.5])), max_size=6)
STEPS = st.lists(st.tuples(st.integers(1, 4), SIDE, SIDE), min_size=3, max_size=25)


class Exchange:
    """Hears everything: its changes with ids, and the truth after each of them."""

    def __init__(self, steps: list[tuple[int, Any, Any]], is_contracts: bool) -> None:
        self.is_contracts = is_contracts
        self.changes: list[BookChange] = []
        self.truths: list[tuple[dict[float, float], dict[float, float]]] = []
        # Far from what changes, so many that no snapshot looks as if it had been cut.
        bids = {place / 100: 1.0 for place in range(1, 61)}
        asks = {100.0 + place: 1.0 for place in range(60)}
        number = 100
        for ids, bid_side, ask_side in steps:
            for side, put in ((bids, bid_side), (asks, ask_side)):
                side.update(put)
                for price in [price for price, quantity in side.items() if not quantity]:
                    del side[price]
            previous = number if is_contracts else None
            self.changes.append(told_of(number + 1, number + ids, previous, bid_side, ask_side))
            number += ids
            self.truths.append((dict(bids), dict(asks)))

    def snapshot(self, place: int) -> tuple[int, Any, Any]:
        bids, asks = self.truths[place]
        best_bids, best_asks = sorted(bids.items(), reverse=True), sorted(asks.items())
        return self.changes[place].last_id, best_bids, best_asks

    def best(self, place: int) -> Any:
        bids, asks = self.truths[place]
        return sorted(bids.items(), reverse=True)[:20], sorted(asks.items())[:20]


@given(STEPS, st.booleans(), st.data())
def test_any_market__from_a_snapshot_of_any_moment_and_all_changes__is_the_book_of_the_exchange(
    steps: Any, is_contracts: bool, data: st.DataObject
) -> None:
    exchange = Exchange(steps, is_contracts)
    of = data.draw(st.integers(0, len(steps) - 1), "snapshot of")
    after = data.draw(st.integers(of, len(steps) - 1), "which arrives after")
    book = FullBook(is_contracts=is_contracts)

    for place, change in enumerate(exchange.changes):
        book.change(change)
        if place == after:
            assert book.snapshot(*exchange.snapshot(of))
        if place >= after:
            assert book.best(20) == exchange.best(place)
        else:
            assert book.best(20) is None
    assert (book.state, book.broken) == (WHOLE, 0)


@given(STEPS, st.booleans(), st.data())
def test_any_market__one_change_missing_twice_or_out_of_order__is_never_a_wrong_book(
    steps: Any, is_contracts: bool, data: st.DataObject
) -> None:
    exchange = Exchange(steps, is_contracts)
    sent = list(enumerate(exchange.changes))
    place = data.draw(st.integers(1, len(sent) - 1), "at")
    how = data.draw(st.sampled_from(["missing", "twice", "swapped"]))
    if how == "missing":
        del sent[place]
    elif how == "twice":
        sent.insert(place, sent[place])
    else:
        sent[place - 1], sent[place] = sent[place], sent[place - 1]
    book = FullBook(is_contracts=is_contracts)
    book.change(sent[0][1])
    book.snapshot(*exchange.snapshot(0))

    reached = 0
    for number, change in sent:
        book.change(change)
        reached = max(reached, number)
        if book.state == WHOLE:
            right = [at for at, each in enumerate(exchange.changes) if each.last_id == book.last_id]
            assert book.best(20) == exchange.best(right[0])
        else:
            assert book.best(20) is None
            assert book.snapshot(*exchange.snapshot(reached))
            assert book.best(20) == exchange.best(reached)
    assert book.broken <= 1


# -- One at a time ---------------------------------------------------------------------------


def told_of(first: int, last: int, previous: int | None, bids: Any, asks: Any) -> BookChange:
    return BookChange("BTCUSDT", "binance/spot", first, last, previous, None, bids, asks)


def begun() -> FullBook:
    book = FullBook(is_contracts=False)
    book.snapshot(10, [(99.0, 1.0), (98.0, 1.0)], [(101.0, 1.0), (102.0, 1.0)])
    return book


def test_what_is_known_of_a_cut_side_ends_with_its_snapshot__of_another_with_its_last_level() -> None:
    """Five asks may be all there are, or the first; what changes behind them is in the dark still."""
    book = FullBook(is_contracts=False)
    assert book.known() is None
    book.snapshot(10, [(99.0, 1.0), (98.0, 2.0)], [(101.0 + place, 1.0) for place in range(5)])
    book.change(told_of(11, 11, None, [(90.0, 3.0)], [(105.0, 0.0), (107.0, 9.0)]))
    known = book.known()
    assert known
    bids, asks = known
    assert ([*bids.prices], [*bids.quantities], bids.edge) == ([99, 98, 90], [1, 2, 3], 90)
    assert ([*asks.prices], asks.edge) == ([101, 102, 103, 104], 105)
    assert known.mid == 100
    book.change(told_of(12, 12, None, [(99.0, 0.0)], []))
    assert [*bids.prices] == [99, 98, 90]
    book.change(told_of(13, 13, None, [], [(101.0 + place, 0.0) for place in range(4)]))
    assert book.known() is None
    book.lose()
    assert book.known() is None


def test_before_its_snapshot__a_book_is_warming_and_says_nothing() -> None:
    book = FullBook(is_contracts=False)

    assert not book.change(told_of(11, 12, None, [(99.0, 1.0)], []))

    assert (book.state, book.best(1)) == (WARMING, None)


def test_a_break_in_the_chain__is_a_gap_until_the_next_snapshot() -> None:
    book = begun()
    book.change(told_of(11, 12, None, [(100.0, 1.0)], []))

    assert not book.change(told_of(14, 15, None, [(100.0, 0.0)], []))

    assert (book.state, book.best(1), book.broken) == (GAP, None, 1)
    assert book.snapshot(14, [(97.0, 1.0)], [(101.0, 1.0)])
    assert book.last_id == 15


def test_a_snapshot_older_than_the_changes_that_wait__is_of_no_use() -> None:
    book = FullBook(is_contracts=False)
    book.change(told_of(21, 22, None, [], []))

    assert not book.snapshot(10, [(99.0, 1.0)], [(101.0, 1.0)])

    assert (book.state, book.best(1)) == (WARMING, None)
    assert book.snapshot(21, [(99.0, 1.0)], [(101.0, 1.0)])
    assert book.last_id == 22


def test_more_changes_than_can_wait__lose_the_oldest() -> None:
    book = FullBook(is_contracts=False)
    for number in range(MOST_WAITING + 10):
        book.change(told_of(number + 1, number + 1, None, [], []))

    assert not book.snapshot(5, [(99.0, 1.0)], [(101.0, 1.0)])
    assert book.snapshot(500, [(99.0, 1.0)], [(101.0, 1.0)])


@pytest.mark.parametrize("early", [True, False])
def test_a_touch_of_an_id_that_says_otherwise__throws_the_book_away(early: bool) -> None:
    book, change = begun(), told_of(11, 12, None, [(100.0, 1.0)], [])
    wrong = (99.0, 1.0, 101.0, 1.0)
    if early:
        assert book.touch(12, wrong)
        assert not book.change(change)
    else:
        assert book.change(change)
        assert not book.touch(12, wrong)

    assert (book.state, book.contradicted, book.best(1)) == (GAP, 1, None)


def test_a_touch_between_two_changes__says_nothing_of_either() -> None:
    book = begun()

    assert book.touch(11, (98.5, 7.0, 101.0, 1.0))
    assert book.change(told_of(11, 12, None, [(100.0, 1.0)], []))


def test_levels_beyond_the_reach_of_the_snapshot__are_not_known() -> None:
    book = FullBook(is_contracts=False)
    sides = ([(99.0 - step, 1.0) for step in range(5)], [(101.0 + step, 1.0) for step in range(5)])
    book.snapshot(10, *sides)

    assert book.best(5) == sides
    assert book.best(6) is None
    assert book.known_range == (95.0, 105.0)
    book.change(told_of(11, 12, None, [(99.0, 0.0), (90.0, 5.0)], []))
    best = book.best(4)
    assert best
    assert best[0] == [(98.0, 1.0), (97.0, 1.0), (96.0, 1.0), (95.0, 1.0)]
    assert book.best(5) is None
    assert book.orphans == 1


def test_a_book_that_is_whole__stays_as_it_is_when_another_snapshot_comes() -> None:
    book = begun()
    book.change(told_of(11, 12, None, [(100.0, 1.0)], []))

    assert book.snapshot(11, [], [])

    assert book.best(1) == ([(100.0, 1.0)], [(101.0, 1.0)])


@pytest.mark.parametrize(
    "level", [(float("nan"), 1.0), (0.0, 1.0), (1e30, 1.0), (100.0, float("nan")), (100.0, -1.0)]
)
def test_an_impossible_number__is_refused_and_the_book_is_a_gap(level: tuple[float, float]) -> None:
    book = begun()

    with pytest.raises(Refused, match="bad_number"):
        book.change(told_of(11, 12, None, [(98.0, 2.0), level], []))

    assert (book.state, book.best(1)) == (GAP, None)

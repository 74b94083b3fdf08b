"""Order flow imbalance, against one pair of books after the other in exact decimals."""

from decimal import Decimal
from math import fsum
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.book import Level
from metrics.domain.liquidity.flow import SPANS, Flow, OrderFlow, imbalances
from metrics.domain.ticks import TOP_LEVELS, Column, Ticks, entry, read_log
from tests import liquidity_oracle, oracle
from tests.factories import START, flow_of, market_id
from tests.integration.markets import arrivals, needs_recordings, of_kinds, read_book

PAUSE = 5.0


class Book(NamedTuple):
    at: float
    bids: list[Level]
    asks: list[Level]


def ticks_of(*markets: list[Book]) -> Ticks:
    """Books of one market or several, as they are drained."""
    log = [
        entry(place, book.at, 1.0, 1.0, book.bids, book.asks)
        for place, books in enumerate(markets)
        for book in books
    ]
    return read_log(log, [market_id(f"S{place}USDT") for place in range(len(markets))])


def tops(books: list[Book]) -> Column:
    return ticks_of(books).tops


def added(books: list[Book]) -> Column:
    """What each but the first adds, by level."""
    every = tops(books)
    return imbalances(every[..., :-1], every[..., 1:]).T


def followed(books: list[Book], *, in_one: bool = True) -> OrderFlow:
    """Books taken in all at once, or each with the one before it."""
    flow = OrderFlow()
    step = len(books) if in_one else 1
    for first in range(0, len(books), step):
        flow_of(ticks_of(books[first : first + step]), [flow], PAUSE)
    return flow


def over(flow: OrderFlow, seconds: int, now: float) -> Flow | None:
    """The flow of one of the spans."""
    spans = flow.over_spans(now)
    return spans[SPANS.index(seconds)] if spans else None


def test_the_example__at_the_second_level_alone():
    """Two more to buy, and less to sell, at prices that stay."""
    asks = [(101.0, 2.0), (102.0, 1.0)]
    one = Book(0, [(100.0, 5.0), (99.0, 2.0)], asks)
    two = Book(1, [(100.0, 5.0), (99.0, 3.0)], [(101.0, 2.0), (102.0, 0.4)])
    assert added([one, two]).tolist() == [[0.0, pytest.approx(1.6), 0.0, 0.0, 0.0]]
    flow = over(followed([one, two]), 10, 1)
    assert flow == (0.0, pytest.approx(1.6), 0.0)


@pytest.mark.parametrize(
    ("bid", "ask", "more"),
    [
        ((100.0, 4.0), (101.0, 3.0), 0.0),
        ((100.0, 6.0), (101.0, 3.0), 2.0),
        ((100.5, 1.0), (101.0, 3.0), 1.0),
        ((99.5, 9.0), (101.0, 3.0), -4.0),
        ((100.0, 4.0), (101.0, 1.0), 2.0),
        ((100.0, 4.0), (101.5, 7.0), 3.0),
        ((100.0, 4.0), (100.5, 7.0), -7.0),
    ],
    ids=["nothing", "bid grows", "better bid", "bid gone", "ask shrinks", "ask gone", "better ask"],
)
def test_what_is_added_by_each_way_a_book_can_change(bid: Level, ask: Level, more: float):
    books = [Book(0, [(100.0, 4.0)], [(101.0, 3.0)]), Book(1, [bid], [ask])]
    assert added(books)[0, 0] == more


def test_spans_end_now__the_quantity_at_the_touch_is_a_mean():
    books = [Book(at, [(100.0, 2.0 + at)], [(101.0, 4.0)]) for at in range(1, 4)]
    flow = followed(books)
    assert over(flow, 10, 3.0) == (2.0, 2.0, pytest.approx(2.0 / 4.0))
    assert over(flow, 1, 3.5) == (1.0, 1.0, pytest.approx(1.0 / 4.5))
    assert over(flow, 1, 3.0) == over(flow, 1, 3.5)
    assert over(flow, 1, 4.5) == Flow(0.0, 0.0, 0.0)


def test_one_book_is_no_flow__nor_is_one_after_a_pause():
    one, two = (Book(at, [(100.0, 2.0 + at)], [(101.0, 4.0)]) for at in (0.0, PAUSE + 1))
    assert over(OrderFlow(), 60, 0) is None
    assert over(followed([one]), 60, 0) is None
    assert over(followed([one, two]), 60, PAUSE + 1) is None
    three = Book(PAUSE + 2, [(100.0, 1.0)], [(101.0, 4.0)])
    for in_one in (True, False):
        assert over(followed([one, two, three], in_one=in_one), 60, PAUSE + 2) == (
            -7.0,
            -7.0,
            pytest.approx(-7.0 / 4.25),
        )


levels = st.lists(st.integers(1, 9), min_size=1, max_size=7, unique=True)
sides = st.tuples(levels, levels, st.lists(st.integers(1, 10**9), min_size=14, max_size=14))
steps = st.lists(st.tuples(st.integers(1, 48), sides), min_size=2, max_size=30)


def as_books(walk: list[tuple[int, tuple[list[int], list[int], list[int]]]]) -> list[Book]:
    books, at = [], START
    for eighths, (down, up, held) in walk:
        at += eighths / 8
        quantities = [number / 1_000 for number in held]
        bids = [(10.0 - off / 10, quantities.pop()) for off in sorted(down)]
        books.append(Book(at, bids, [(10.0 + off / 10, quantities.pop()) for off in sorted(up)]))
    return books


@given(walk=steps, in_one=st.booleans(), later=st.integers(0, 8))
def test_flow_of_any_books__equals_the_slow_sum(walk: list, in_one: bool, later: int):
    books = as_books(walk)
    begin = max(
        (place for place in range(1, len(books)) if books[place].at - books[place - 1].at > PAUSE), default=0
    )
    now, flow = books[-1].at + later / 8, followed(books, in_one=in_one)
    exact = [(oracle.side(book.bids), oracle.side(book.asks)) for book in books]
    for seconds in SPANS:
        served = over(flow, seconds, now)
        assert (served is None) == (begin == len(books) - 1)
        if served is None:
            continue
        inside = [place for place in range(begin, len(books)) if books[place].at > now - seconds]
        pairs = [(exact[place - 1], exact[place]) for place in inside if place > begin]
        one = sum((liquidity_oracle.order_flow(*pair) for pair in pairs), Decimal(0))
        five = sum(
            (liquidity_oracle.order_flow(*pair, level) for pair in pairs for level in range(TOP_LEVELS)),
            Decimal(0),
        )
        touches = [(books[place].bids[0][1] + books[place].asks[0][1]) / 2 for place in inside or [-1]]
        assert served.ofi == pytest.approx(float(one), abs=1e-6)
        assert served.ofi_5 == pytest.approx(float(five), abs=1e-6)
        assert served.normalised == pytest.approx(float(one) * len(touches) / fsum(touches), abs=1e-6)


def test_memory_is_that_of_the_longest_span():
    flow = followed([Book(at / 2, [(100.0, 1.0)], [(101.0, 1.0)]) for at in range(1_000)], in_one=False)
    assert len(flow._times) == 2 * SPANS[-1]


@needs_recordings[0]
@needs_recordings[1]
@pytest.mark.parametrize("name", ["spot_btc_eth_20240808", "usdm_btc_eth_20240808", "spot_10sym_20210405"])
def test_flow_of_recorded_books__equals_the_slow_sum(name: str):
    """The first minute of each market."""
    by_symbol: dict[str, list] = {}
    for at, frame in of_kinds(arrivals(f"{name}.depth20", seconds=60), "depth20@100ms"):
        book = read_book(at, frame)
        by_symbol.setdefault(book.symbol, []).append(book)
    for books in by_symbol.values():
        found = added([Book(book.at, floats(book.bids), floats(book.asks)) for book in books])
        for place, row in enumerate(found.tolist()):
            before, after = ((book.bids, book.asks) for book in books[place : place + 2])
            exact = [float(liquidity_oracle.order_flow(before, after, level)) for level in range(TOP_LEVELS)]
            assert row == pytest.approx(exact, rel=1e-12, abs=1e-9)


def floats(side: oracle.Side) -> list[Level]:
    return [(float(price), float(quantity)) for price, quantity in side]


def test_markets_do_not_mix__and_what_came_before_is_remembered():
    """Two markets in one drain, one of which had a book before."""
    books = [
        Book(at, [(100.0, held)], [(101.0, 4.0)]) for at, held in ((0, 1.0), (1, 3.0), (1, 7.0), (2, 9.0))
    ]
    known = OrderFlow()
    flow_of(ticks_of(books[:1]), [known])
    found = flow_of(ticks_of(books[:2], books[2:]), [OrderFlow(), known])
    assert found.added.tolist() == [[0, 0, 2.5], [2, 2, 3.5], [6, 6, 5.5], [2, 2, 6.5]]
    assert found.begins == [0]


def test_a_break_in_a_book_is_a_new_beginning__for_what_waits_to_be_taken_in_as_well():
    books = [Book(at, [(100.0, 2.0 + at)], [(101.0, 4.0)]) for at in range(6)]
    flow = OrderFlow()
    flow_of(ticks_of(books[:2]), [flow])
    flow.begin_anew(2.5)
    assert over(flow, 60, 2.5) is None
    flow_of(ticks_of(books[2:3]), [flow])
    assert (flow.last_top, over(flow, 60, 2.5)) == (None, None)
    flow_of(ticks_of(books[3:]), [flow])
    assert over(flow, 60, 5) == (2.0, 2.0, pytest.approx(2.0 / 5.0))


def test_a_break_between_books_that_are_taken_in_together():
    books = [Book(at, [(100.0, 2.0 + at)], [(101.0, 4.0)]) for at in range(6)]
    flow = OrderFlow()
    flow_of(ticks_of(books[:1]), [flow])
    flow.begin_anew(2.5)
    found = flow_of(ticks_of(books[1:]), [flow])
    assert found.begins == [0, 2]
    assert found.added[:, 0].tolist() == [0, 1, 0, 1, 1]
    assert over(flow, 60, 5) == (2.0, 2.0, pytest.approx(2.0 / 5.0))

"""Liquidity of one book as it is served: every number equals exact decimals, to the digits it is promised with."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.answers.liquidity import book_answer
from metrics.domain.analyzer import StoredBook
from metrics.domain.liquidity.flow import Flow
from metrics.domain.liquidity.known import known_book
from metrics.domain.liquidity.resilience import Resilience
from metrics.domain.liquidity.trades import TradeSpan
from metrics.domain.market import Expiry
from metrics.store.reader import Known
from tests import oracle
from tests.books import books, floats, precise_books
from tests.factories import START, stored_book
from tests.liquidity_checks import check_bands, check_costs
from tests.metrics.domain.liquidity.books import WireBook

widths = st.lists(
    st.one_of(st.integers(1, 10_000), st.decimals("0.01", "300", places=2)).map(float), max_size=6
)
shares = st.lists(st.sampled_from([0.001, 0.1, 0.5, 0.99, 2.0]), max_size=3)
"""Sizes, in parts of what the asks hold."""
worth = st.sampled_from([1.0, 0.25, 64.0, 60_000.0])
"""Dollars that one of a quote asset is."""


def served(book: WireBook, dollars: float | None, sizes: list[float], bands: list[float]) -> Any:
    stored = stored_book(*map(floats, book), received_at=START)
    return book_answer(stored, known(stored), dollars, sizes, bands, Expiry(), START)


def known(book: StoredBook) -> Known | None:
    levels = known_book(book.ladder.bids, book.ladder.asks)
    return levels and Known(levels, book.received_at)


def check(book: WireBook, dollars: float, parts: list[float], bands: list[float]) -> None:
    bids, asks = (oracle.side(levels)[:20] for levels in book)
    held = float(sum(price * quantity for price, quantity in asks))
    answer = served(book, dollars, [part * held * dollars for part in parts], bands)
    check_bands(answer, bids, asks, Decimal(repr(dollars)))
    check_costs(answer, bids, asks, Decimal(repr(dollars)))


@given(book=books(max_levels=20), dollars=worth, parts=shares, bands=widths)
def test_any_book__every_number_equals_exact_decimals(
    book: WireBook, dollars: float, parts: list[float], bands: list[float]
):
    check(book, dollars, parts, bands)


@given(book=precise_books(), dollars=worth, parts=shares, bands=widths)
def test_books_of_up_to_fifteen_digits__every_number_equals_exact_decimals(
    book: WireBook, dollars: float, parts: list[float], bands: list[float]
):
    check(book, dollars, parts, bands)


@given(book=books(max_levels=20), bands=widths)
def test_where_no_market_tells_what_the_quote_asset_is_worth__only_what_needs_it_is_null(
    book: WireBook, bands: list[float]
):
    answer = served(book, None, [1_000.0], bands)
    bids, asks = (oracle.side(levels)[:20] for levels in book)
    check_bands(answer, bids, asks, None)
    assert answer["usd_per_quote"] is None
    assert answer["costs"] == [{"size_usd": 1_000.0, "notional": None, "buy": None, "sell": None}]


def test_an_average_lies_between_the_prices_that_were_paid__of_however_many_digits():
    """Twelve of them would be less than the best price."""
    best = 100.000000000001
    book = stored_book(asks=[(best, 1.0), (101.0, 1.0)])
    (cost,) = book_answer(book, known(book), 1.0, [50.0], [], Expiry(), START)["costs"]
    assert cost["buy"]
    assert cost["buy"]["average_price"] == best


@pytest.mark.parametrize("book", ["suspect", "warming", "gap"])
def test_a_state_that_shows_no_numbers_shows_neither_flow_nor_trades(book: str):
    stored = stored_book(
        book=book,
        flow=[Flow(1.0, 2.0, 3.0)] * 3,
        trades=[(1, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0)] * 3,
        resilience=Resilience(3, 1.5),
    )
    answer = book_answer(stored, known(stored), 1.0, [], [], Expiry(), START)
    spans: list[Any] = [*answer["flow"], *answer["trades"]]
    assert {span["seconds"] for span in spans} == {1, 10, 60}
    assert {value for span in spans for name, value in span.items() if name != "seconds"} == {None}
    assert answer["resilience"] == {"shocks": None, "median_seconds": None}


def test_resilience__as_far_as_the_band_was_known():
    for resilience, shown in (
        (Resilience(3, 1.2345), (3, 1.23)),
        (Resilience(0, None), (0, None)),
        (None, (None, None)),
    ):
        stored = stored_book(resilience=resilience)
        answer = book_answer(stored, known(stored), 1.0, [], [], Expiry(), START)["resilience"]
        assert (answer["shocks"], answer["median_seconds"]) == shown


def test_of_what_flowed_to_and_fro_nothing_is_left():
    """0.1 + 0.2 - 0.3 is 5.6e-17 in floats."""
    there_and_back = 0.1 + 0.2 - 0.3
    stored = stored_book(flow=[Flow(there_and_back, 1.1 + 2.2, there_and_back)] * 3)
    flow = book_answer(stored, known(stored), 1.0, [], [], Expiry(), START)["flow"][0]
    assert (flow["ofi"], flow["ofi_5"], flow["normalised"]) == (0.0, 3.3, 0.0)


def test_what_somebody_else_wrote_into_the_store_is_shown_as_far_as_it_goes():
    """Fewer spans than there are, and trades of nothing."""
    nothing = TradeSpan(1, 0.0, 0.0, None, None, None, None)
    stored = stored_book(flow=[Flow(1.0, 2.0, 3.0)], trades=[nothing])
    answer = book_answer(stored, known(stored), 1.0, [], [], Expiry(), START)
    assert [span["ofi"] for span in answer["flow"]] == [1.0, None, None]
    assert [(span["count"], span["imbalance"]) for span in answer["trades"]] == [
        (1, None),
        (None, None),
        (None, None),
    ]

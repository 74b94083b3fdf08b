"""Liquidity in a few numbers, in dollars, of one book and of many at once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.liquidity.bands import Band, Depth, bands
from metrics.domain.liquidity.cost import costs
from metrics.domain.liquidity.known import KnownBook
from metrics.domain.liquidity.summary import InRows, LiquiditySummary, summaries
from tests import liquidity_oracle
from tests.books import books, precise_books
from tests.metrics.domain.liquidity.books import WireBook, known, read, toy

IN_ROWS = InRows(size_usd=200.0, band_bps=50.0)


def summary(book: KnownBook | None, dollars: float | None, in_rows: InRows) -> LiquiditySummary:
    (found,) = summaries([book], [dollars], in_rows)
    return found


def test_the_example__in_dollars():
    """Buying is the dearer way; one coin at 100 and half a coin at 100.5 are near."""
    assert summary(toy(), 1.0, IN_ROWS)[:5] == pytest.approx((124.688, 74.317, 74.317, 150.25, 1.0), rel=1e-4)


def test_in_an_asset_worth_four_dollars__fifty_of_it_are_traded():
    assert summary(toy(), 4.0, IN_ROWS)[:5] == pytest.approx(
        (124.688, 24.9377, 24.9377, 601.0, 4.0), rel=1e-4
    )


def test_what_is_not_known_is_none():
    assert summary(None, 1.0, IN_ROWS) == LiquiditySummary()
    assert summary(toy(), None, IN_ROWS)[:5] == (pytest.approx(124.688, rel=1e-4), *[None] * 4)
    assert summary(toy(), 1.0, InRows(200.0, 200.0))[3:] == (None, 1.0, Band(200.0, None, None))


def test_of_a_size_that_is_not_held__what_it_costs_at_least_is_known():
    """As if all that is missing rested at 101.5, the last price that is known."""
    told = summary(toy(), 1.0, InRows(size_usd=300.0))
    assert (told.cost_bps, told.cost_at_least_bps) == (None, pytest.approx(91.0514, rel=1e-5))


def test_what_rests_in_the_band_is_known_without_dollars():
    for dollars in (None, 4.0):
        assert summary(toy(), dollars, IN_ROWS).band == Band(50.0, Depth(1.0, 100.0), Depth(0.5, 50.25))


def traded(book: KnownBook, amount: float) -> LiquiditySummary:
    return summary(book, 1.0, InRows(size_usd=amount))


def test_what_is_missing_of_a_size_rests_no_nearer_than_the_last_level():
    """To sell is the dearer way: one coin at 99 and the rest at 98."""
    book = known([(99.0, 1.0), (98.0, 1.0)], [(101.0, 1.0), (102.0, 1.0)])
    taken = 1 + (400 - 99) / 98
    assert traded(book, 400).cost_at_least_bps == pytest.approx(10_000 * (1 - 400 / taken / 100))
    thin = traded(known([(99.0, 1.0)], [(101.0, 1.0)]), 1e9)
    assert (thin.cost_bps, thin.cost_at_least_bps) == (None, pytest.approx(100.0))


@given(book=books(), amounts=st.lists(st.integers(1, 10**12), min_size=2, max_size=8).map(sorted))
def test_what_a_size_costs_at_least__equals_exact_decimals__and_is_the_cost_where_that_is_known(
    book: WireBook, amounts: list[int]
):
    found, bids, asks = read(book)
    middle = liquidity_oracle.mid(bids, asks)
    for amount in amounts:
        told = traded(found, amount)
        exact = [liquidity_oracle.least_cost(side, middle, Decimal(amount)) for side in (bids, asks)]
        assert told.cost_at_least_bps == pytest.approx(float(max(exact)), rel=1e-7)
        (cost,) = costs(found, [amount])
        assert told.cost_bps == (pytest.approx(cost.worse_bps, rel=1e-12) if cost.worse_bps else None)
        assert told.cost_bps in (None, told.cost_at_least_bps)


@given(book=books(), amount=st.integers(1, 10**12), known_levels=st.integers(1, 20))
def test_who_knows_less_of_a_book_never_takes_it_for_dearer(book: WireBook, amount: int, known_levels: int):
    bids, asks = book
    found, _, _ = read(book)
    less, _, _ = read((bids[:known_levels], asks[:known_levels]))
    (fewer, more) = summaries([less, found], [1.0, 1.0], InRows(amount))
    assert fewer.cost_at_least_bps is not None
    assert more.cost_at_least_bps is not None
    assert fewer.cost_at_least_bps <= more.cost_at_least_bps * (1 + 1e-9)


@given(
    each=st.lists(st.tuples(precise_books() | books(), st.none() | st.floats(1e-6, 1e6)), max_size=6),
    in_rows=st.builds(InRows, st.floats(1e-3, 1e9), st.integers(1, 500).map(lambda bps: bps / 2)),
)
def test_many_books_at_once__say_what_each_says_by_itself(
    each: list[tuple[WireBook, float | None]], in_rows: InRows
):
    found = [read(book)[0] for book, _ in each]
    dollars = [dollars for _, dollars in each]
    for told, book, worth in zip(summaries(found, dollars, in_rows), found, dollars, strict=True):
        assert told.known_to_bps == pytest.approx(min(book.known_to_bps), rel=1e-9)
        (band,) = bands(book, [in_rows.band_bps])
        assert told.band is not None
        assert told.band == (
            in_rows.band_bps,
            *(depth and pytest.approx(depth, rel=1e-12) for depth in band[1:]),
        )
        if worth is None:
            assert told[1:5] == (None,) * 4
            continue
        (cost,) = costs(book, [in_rows.size_usd / worth])
        assert told.cost_bps == (None if cost.worse_bps is None else pytest.approx(cost.worse_bps, rel=1e-12))
        assert told.usd_per_quote == worth
        usd = band.bid and band.ask and (band.bid.notional + band.ask.notional) * worth
        assert told.depth_usd == (None if usd is None else pytest.approx(usd, rel=1e-12))


@given(wide=st.integers(1, 3), way=st.sampled_from([-1, 1]))
def test_a_level_where_the_band_ends_is_in_it__as_decimals_have_it(wide: int, way: int):
    """At a mid of 100 a band of 10 bps ends at 99.9 and at 100.1, which floats put elsewhere."""
    bids = [(100.0 - 0.5 * wide, 1.0)]
    asks = [(100.0 + 0.5 * wide, 1.0)]
    told = summary(known(bids, asks), None, InRows(band_bps=50.0 * wide))
    assert told.band == Band(50.0 * wide, Depth(1.0, bids[0][0]), Depth(1.0, asks[0][0]))

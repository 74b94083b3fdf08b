"""Liquidity in a few numbers, in dollars."""

import pytest

from metrics.domain.liquidity.bands import Band, Depth
from metrics.domain.liquidity.summary import InRows, LiquiditySummary, summary
from tests.metrics.domain.liquidity.books import toy

IN_ROWS = InRows(size_usd=200.0, band_bps=50.0)


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

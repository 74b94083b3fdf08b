"""What holds at a moment is the newest that was told, until it is too old."""

import numpy as np

from metrics.domain.holding import held


def test_the_newest_holds_until_the_next_and_for_five_seconds_at_most():
    values, times = np.array([1.0, 2.0]), np.array([10.0, 12.0])
    at = np.array([9.9, 10.0, 11.9, 12.0, 16.9, 17.0])
    found = held(values, times, at, 5.0)
    np.testing.assert_array_equal(found, [np.nan, 1.0, 1.0, 2.0, 2.0, np.nan])


def test_of_nothing_that_was_told_nothing_holds():
    assert np.isnan(held(np.array([]), np.array([]), np.array([1.0, 2.0]), 5.0)).all()

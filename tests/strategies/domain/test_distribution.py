"""Distributions against the values themselves."""

import math

import msgspec
from hypothesis import given
from hypothesis import strategies as some

from strategies.domain.distribution import GROWTH, SMALLEST, Distribution, bounds_of, number_of

VALUES = some.one_of(
    some.floats(-1e25, 1e25),
    some.floats(-2, 2),
    some.sampled_from([0.0, 1.2, 0.8, 1e-9, -1e-9, 1e-12, 1e90, -1e90]),
)
SEVERAL = some.lists(VALUES, min_size=1, max_size=50)


def distributed(values: list[float]) -> Distribution:
    first, *others = values
    distribution = Distribution.of(first, number_of(first))
    for value in others:
        distribution.add(value, number_of(value))
    return distribution


@given(VALUES)
def test_a_value_lies_in_its_bucket_which_is_two_percent_wide(value: float):
    low, high = bounds_of(number_of(value))
    slack = 1e-9 * abs(value)
    assert low - slack <= value <= high + slack
    assert (
        low == -math.inf
        or high == math.inf
        or high - low <= max(2 * SMALLEST, (GROWTH - 1) * min(abs(low), abs(high)) * (1 + 1e-9))
    )


@given(SEVERAL, VALUES)
def test_the_share_beyond_a_limit_is_exact_but_for_the_bucket_of_the_limit(values: list[float], limit: float):
    buckets = list(distributed(values).buckets())
    slack = 1e-9 * abs(limit)
    surely = sum(bucket.count for bucket in buckets if bucket.low > limit + slack)
    perhaps = sum(bucket.count for bucket in buckets if bucket.high >= limit - slack)
    assert surely <= sum(value > limit for value in values) <= perhaps
    assert sum(bucket.count for bucket in buckets) == len(values)


@given(SEVERAL)
def test_the_least_and_the_greatest_are_exact_and_no_bucket_reaches_beyond_them(values: list[float]):
    distribution = distributed(values)
    assert (distribution.lowest, distribution.highest) == (min(values), max(values))
    buckets = list(distribution.buckets())
    assert buckets == sorted(buckets, key=lambda bucket: bucket.low)
    assert min(values) <= buckets[0].low
    assert buckets[-1].high <= max(values)


@given(SEVERAL, SEVERAL)
def test_two_that_are_merged_are_the_distribution_of_both(some_values: list[float], others: list[float]):
    merged = distributed(some_values)
    merged.merge(distributed(others))
    assert merged == distributed(some_values + others)


@given(SEVERAL)
def test_what_is_written_is_read_again(values: list[float]):
    distribution = distributed(values)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(distribution), type=Distribution) == distribution

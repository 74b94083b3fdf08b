"""How the values of a quantity were distributed: their least, their greatest, and how many lie in which bucket.

A bucket is 2 % wide: number n > 0 holds what is at least `SMALLEST * GROWTH ** (n - 1)` and below the next power, -n
the same below zero, and 0 what is nearer to zero than any of them. So how many values pass a limit is known but for
those in the limit's own bucket; whether none or all do is known exactly, of the least and the greatest.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from metrics.domain.bounds import Count, Real

GROWTH = 1.02
SMALLEST = 1e-9
LARGEST_NUMBER = 3_500
"""Its bucket holds 1e21; what is larger is counted there, too."""
_PER_POWER = 1 / math.log(GROWTH)

BucketNumber = Annotated[int, Meta(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many values from `low` to `high`."""

    low: float
    high: float
    count: int


class Distribution(msgspec.Struct):
    """Values of one quantity, of which there is one at least."""

    lowest: Real
    highest: Real
    counts: dict[BucketNumber, Count]

    @classmethod
    def of(cls, value: float, number: int) -> "Distribution":
        """One value, in the bucket of this number."""
        return cls(value, value, {number: 1})

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(self.counts.values())

    def add(self, value: float, number: int) -> None:
        """One more value, which is finite; its bucket is asked for once, to whatever many distributions it is added."""
        if value < self.lowest:
            self.lowest = value
        if value > self.highest:
            self.highest = value
        self.counts[number] = self.counts.get(number, 0) + 1

    def merge(self, other: "Distribution") -> None:
        """The values of another as well."""
        self.lowest, self.highest = min(self.lowest, other.lowest), max(self.highest, other.highest)
        for number, count in other.counts.items():
            self.counts[number] = self.counts.get(number, 0) + count

    def buckets(self) -> Iterator[Bucket]:
        """Those that hold anything, by value; none reaches beyond the least and the greatest."""
        for number in sorted(self.counts):
            low, high = bounds_of(number)
            yield Bucket(max(low, self.lowest), min(high, self.highest), self.counts[number])


def number_of(value: float) -> int:
    """The bucket that holds a value."""
    size = abs(value)
    if size < SMALLEST:
        return 0
    number = min(1 + int(math.log(size / SMALLEST) * _PER_POWER), LARGEST_NUMBER)
    return number if value > 0 else -number


def bounds_of(number: int) -> tuple[float, float]:
    """From where to where a bucket reaches."""
    if number == 0:
        return -SMALLEST, SMALLEST
    near = SMALLEST * GROWTH ** (abs(number) - 1)
    far = near * GROWTH if abs(number) < LARGEST_NUMBER else math.inf
    return (near, far) if number > 0 else (-far, -near)

"""Of which sizes and bands somebody asks what they cost and hold."""

import re
from typing import NamedTuple

NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
MOST_NUMBERS = 20


class Range(NamedTuple):
    """What a number may be, both ends included."""

    least: float
    most: float


SIZES_USD = Range(1.0, 1e9)
"""Amounts, in US dollars."""
BANDS_BPS = Range(0.01, 10_000.0)
"""Distances from the mid price, in basis points; at the last one no bid is left."""


def read_numbers(text: str, allowed: Range) -> tuple[float, ...]:
    """Numbers with commas between, in the order they are given; ValueError says what they may be."""
    words = [word.strip() for word in text.split(",", MOST_NUMBERS)]
    numbers = tuple(float(word) for word in words if NUMBER.fullmatch(word))
    are_sane = all(allowed.least <= number <= allowed.most for number in numbers)
    if not (are_sane and len({*numbers}) == len(words) <= MOST_NUMBERS):
        least, most = map(as_text, allowed)
        raise ValueError(
            f"must be at most {MOST_NUMBERS} different numbers from {least} to {most} with commas between"
        )
    return numbers


def as_text(number: float) -> str:
    """Such a number as people write it: 100000, 0.5."""
    return f"{number:.15g}"

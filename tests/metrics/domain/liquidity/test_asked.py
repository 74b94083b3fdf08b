"""Sizes and bands as people write them."""

import pytest

from metrics.domain.liquidity.asked import BANDS_BPS, MOST_NUMBERS, SIZES_USD, as_text, read_numbers

FULL = ",".join(map(str, range(1, MOST_NUMBERS + 1)))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("100000", (100_000.0,)),
        ("1e5, 2.5", (100_000.0, 2.5)),
        ("1000000000,1", (1e9, 1.0)),
        (FULL, tuple(map(float, range(1, MOST_NUMBERS + 1)))),
    ],
)
def test_numbers_in_the_order_they_are_given(text: str, numbers: tuple[float, ...]):
    assert read_numbers(text, SIZES_USD) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "1,", "x", "1 2", "-1", "+1", "0", "0.99", "1000000000.1", "nan", "inf", "1e999", "9" * 500,
        "1_000", "٣", "5,5", "5,5.0", FULL + ",21", "1," * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_such_list_is_refused_with_the_rule(text: str):
    with pytest.raises(
        ValueError, match="at most 20 different numbers from 1 to 1000000000 with commas between"
    ):
        read_numbers(text, SIZES_USD)


def test_a_band_ends_where_no_bid_is_left():
    assert read_numbers("0.01,10000", BANDS_BPS) == (0.01, 10_000.0)
    with pytest.raises(ValueError, match=r"from 0\.01 to 10000"):
        read_numbers("10001", BANDS_BPS)


@pytest.mark.parametrize(("number", "text"), [(1_000_000.0, "1000000"), (12.5, "12.5"), (0.01, "0.01")])
def test_numbers_are_named_as_people_write_them(number: float, text: str):
    assert as_text(number) == text

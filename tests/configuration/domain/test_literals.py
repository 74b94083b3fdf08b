"""How numbers and truth values are written."""

from math import inf

import pytest

from configuration.domain.literals import read_boolean, read_number

NUMBERS = {
    "5": 5, "010": 10, "-007": -7, "+5": 5, ".5": 0.5, "1.": 1.0, "1e3": 1000.0, "-1.5E-2": -0.015, " 7\u00a0": 7,
    "-0": 0, "08": 8, "9" * 18: 10**18 - 1, "9" * 5000: inf, "1e999": inf,
}  # fmt: skip
NO_NUMBERS = [
    "", " ", "0x10", "0o10", "0b1", "1_000", "1,000", "0,5", "5:00", "1:30:00", "nan", ".nan", "NaN", "inf", "-.inf",
    "Infinity", "2026-01-01", "--5", "+-5", "5-", "1e", "e5", ".", "+", "1.2.3", "٣", "５", "½", "−5", "5 5", "true",
]  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_decimal_however_it_is_written(text: str):
    assert read_number(text) == NUMBERS[text]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_anything_else_is_no_number_and_stays_what_it_was(text: str):
    assert read_number(text) == text


def test_truth_values_are_true_and_false_in_any_case():
    assert [read_boolean(text) for text in ("true", "False", " TRUE ")] == [True, False, True]
    assert [read_boolean(text) for text in ("yes", "on", "1", "")] == ["yes", "on", "1", ""]

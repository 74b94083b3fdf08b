"""Is it the coin it claims to be?"""

from math import inf

import pytest

from metrics.domain.admission.coin import MIXED_IDS, MIXED_PRICES, Mixture, agree, is_jump


@pytest.mark.parametrize(
    ("low", "high", "is_same"),
    [
        (100.0, 100.0, True),
        (90.0, 90.0, True),
        (89.99, 89.99, False),
        (110.1, 110.1, True),
        (110.2, 110.2, False),
        (90.0, 110.0, True),
        (89.0, 100.0, False),
        (100.0, 111.0, False),
    ],
)
def test_prices_agree_between_best_bid_less_a_tenth_and_best_ask_and_a_tenth(low, high, is_same):
    assert agree(low, high, 100.0, 100.1) is is_same


def test_a_side_that_is_empty_bounds_nothing():
    assert agree(1e9, 1e9, 100.0, inf)
    assert not agree(89.0, 89.0, 100.0, inf)
    assert agree(1e-9, 1e-9, 0.0, 100.0)
    assert not agree(111.0, 111.0, 0.0, 100.0)


def test_a_thin_coin_agrees_with_a_trade_at_either_end_of_its_spread():
    assert agree(1.00, 1.00, 1.00, 1.25)
    assert agree(1.25, 1.25, 1.00, 1.25)


@pytest.mark.parametrize(
    ("before", "after", "jumps"),
    [
        ((100.0, 100.1), (120.0, 120.1), True),
        ((120.0, 120.1), (100.0, 100.1), True),
        ((100.0, 100.0), (110.0, 110.0), False),
        ((100.0, 100.0), (110.1, 110.1), True),
        ((110.0, 110.0), (100.0, 100.0), False),
        ((110.1, 110.1), (100.0, 100.0), True),
        ((1.00, 1.25), (1.24, 1.60), False),
        ((1.00, 1.25), (1.25, 1.60), False),
        ((1.00, 1.25), (1.26, 1.60), True),
    ],
    ids=str,
)
def test_a_jump_is_of_more_than_a_tenth_of_the_smaller_mid_and_over_the_spread(before, after, jumps):
    assert is_jump(before, after) is jumps


@pytest.mark.parametrize("one_sided", [(0.0, 80.0), (120.0, inf)], ids=["asks", "bids"])
def test_a_book_of_one_side_has_no_mid_that_could_jump(one_sided):
    assert not is_jump((100.0, 100.1), one_sided)
    assert not is_jump(one_sided, (100.0, 100.1))


def test_prices_are_mixed_that_jump_back_within_a_minute_and_since_they_jumped_there():
    signs = Mixture()
    assert signs.sees_jump(True, 1.0) is None
    assert signs.sees_jump(False, 61.0) == 1.0
    assert signs.reason == MIXED_PRICES


def test_a_jump_that_comes_back_later_or_goes_on_is_none():
    assert [Mixture().sees_jump(False, 0.0), Mixture().sees_jump(True, 0.0)] == [None, None]
    signs = Mixture()
    assert [signs.sees_jump(is_up, at) for is_up, at in ((True, 0.0), (True, 1.0), (False, 61.1))] == [
        None
    ] * 3


def messages(signs: Mixture, pattern: str) -> list[float | None]:
    """What is told of messages in order: (l)ower, (n)ewer, or neither. The n-th comes at n."""
    told = []
    for number, kind in enumerate(pattern, start=1):
        if kind == "n" and signs.lower:
            signs.newer_after = number
        if kind == "l":
            told.append(signs.sees_lower_id(number, float(number)))
    return told


def test_ids_are_mixed_when_eight_of_the_last_twenty_are_lower_with_newer_ones_between():
    signs = Mixture()
    assert messages(signs, "ln" * 8) == [None] * 7 + [1.0]
    assert signs.reason == MIXED_IDS


def test_eight_of_more_than_twenty_are_no_sign():
    assert set(messages(Mixture(), "lnn" * 30)) == {None}


def test_the_eighth_of_exactly_twenty_is():
    assert messages(Mixture(), "ln" + "." * 12 + "llllll") == [None] * 7
    assert messages(Mixture(), "ln" + "." * 11 + "lllllll")[-1] == 1.0


def test_lower_ones_alone_are_a_producer_that_has_started_over():
    assert set(messages(Mixture(), "l" * 30)) == {None}
    assert set(messages(Mixture(), "n" + "l" * 30)) == {None}


def test_what_was_lower_before_a_new_run_says_nothing_any_more():
    signs = Mixture()
    messages(signs, "ln" * 7)
    signs.begin_anew()
    assert set(messages(signs, "ln" * 7)) == {None}

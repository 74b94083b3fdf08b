"""Waits that grow."""

import pytest

from markets.waits import Waits


def test_waits__double_up_to_the_longest() -> None:
    waits = Waits(1.0, 10.0, chance=lambda: 1.0)

    assert [waits.next() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 2.0), (0.5, 3.0), (1.0, 4.0)])
def test_half_of_a_wait__is_chance(chance: float, wait: float) -> None:
    assert Waits(4.0, 100.0, chance=lambda: chance).next() == wait


def test_waits__begin_anew_when_it_is_over() -> None:
    waits = Waits(1.0, 10.0, chance=lambda: 1.0)
    for _ in range(5):
        waits.next()

    waits.over()

    assert waits.next() == 1.0


def test_ten_thousand_failures__still_wait_the_longest() -> None:
    waits = Waits(1.0, 10.0, chance=lambda: 1.0)

    assert {waits.next() for _ in range(10_000)} == {1.0, 2.0, 4.0, 8.0, 10.0}

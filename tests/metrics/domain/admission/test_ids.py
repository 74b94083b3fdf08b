"""Which snapshot of a market is newer."""

import pytest

from metrics.domain.admission.ids import NO_ID, REMEMBERED, Ids
from metrics.domain.book import Refused

STALE_AFTER = 5.0


def take(ids: Ids, number: int, now: float = 0.0) -> str:
    """What becomes of a snapshot: "news", "new_run", or why it is refused."""
    try:
        told = "new_run" if ids.begins_new_run(number, now, STALE_AFTER) else "news"
    except Refused as refusal:
        return refusal.reason
    ids.accept(number, now)
    return told


def after(*numbers: int) -> Ids:
    """A market that has accepted these, the last of them at 0."""
    ids = Ids()
    for number in numbers:
        ids.accept(number, 0.0)
    return ids


def test_the_first_is_news_and_so_is_each_that_is_above_the_last():
    ids = Ids()
    assert [take(ids, number) for number in (0, 1, 5, 2**63 - 1)] == ["news"] * 4


@pytest.mark.parametrize("every", [0.1, 60.0])
def test_the_last_one_again_is_no_news_however_often_and_however_long(every: float):
    ids = after(7)
    assert {take(ids, 7, number * every) for number in range(1, 100)} == {"repeated"}


def test_nine_lower_ones_in_a_row_are_old_and_the_tenth_begins_a_new_run():
    ids = after(100)
    assert [take(ids, number) for number in range(1, 12)] == ["out_of_date"] * 9 + ["new_run", "news"]


def test_the_ten_need_not_come_in_order():
    ids = after(100)
    assert [take(ids, number) for number in range(10, 0, -1)][-1] == "new_run"


def test_one_lower_snapshot_again_and_again_is_one():
    ids = after(100)
    assert {take(ids, number) for number in [1, 2] * 30} == {"out_of_date"}


def test_news_between_lower_ones_break_the_row():
    ids = after(100)
    for newest in (101, 102, 103):
        assert {take(ids, number) for number in range(9)} == {"out_of_date"}
        assert take(ids, newest) == "news"


def test_workers_that_publish_out_of_order_begin_no_run():
    ids = after(0)
    numbers = [number + lead for number in range(0, 300, 3) for lead in (3, 1, 2)]
    assert {take(ids, number) for number in numbers} == {"news", "out_of_date"}


def test_copies_are_no_step_towards_a_new_run_and_no_obstacle_to_one():
    ids = after(98, 99, 100)
    assert {take(ids, number) for number in [98, 99, 100] * 30} == {"repeated"}
    told = [take(ids, number) for lower in range(1, 11) for number in (lower, 99)]
    assert told[-2:] == ["new_run", "news"]
    assert set(told[:-2]) == {"out_of_date", "repeated"}


def test_an_accepted_id_is_known_for_a_thousand_accepted_ones():
    ids = after(*range(1, REMEMBERED + 2))
    assert take(ids, 1) == "out_of_date"
    assert take(ids, 2) == "repeated"


def test_no_more_ids_are_kept_than_that_once_they_are_tidied():
    ids = after(*range(10_000))
    ids.tidy()
    assert list(ids.recent) == list(range(9_000, 10_000))


@pytest.mark.parametrize(("number", "told"), [(1, "out_of_date"), (99, "repeated")])
def test_lower_ids_begin_a_new_run_once_nothing_came_for_long_enough(number: int, told: str):
    assert take(after(99, 100), number, STALE_AFTER) == told
    assert take(after(99, 100), number, STALE_AFTER + 0.001) == "new_run"


def test_silence_is_measured_from_what_came_last_and_not_from_what_was_news():
    ids = after(100)
    assert [take(ids, 100, now) for now in (3.0, 6.0)] == ["repeated"] * 2
    assert take(ids, 1, 10.9) == "out_of_date"
    assert take(ids, 2, 15.91) == "new_run"


def test_a_snapshot_that_had_to_wait_makes_no_silence():
    """It was received before others, and is accepted after them."""
    ids = after(100)
    ids.accept(102, 1.0)
    ids.steps_back()
    ids.accept(103, 0.2)
    assert take(ids, 102, 0.3) == "repeated"
    assert take(ids, 50, 1.0 + STALE_AFTER) == "out_of_date"
    assert take(ids, 51, 1.0 + STALE_AFTER) == "out_of_date"
    assert take(ids, 52, 1.001 + STALE_AFTER) == "new_run"


def test_two_different_lower_ones_and_nothing_else_for_long_enough_begin_a_new_run():
    ids = after(100)
    assert [take(ids, number, now) for number, now in ((1, 2.0), (2, 4.0), (3, 5.0), (4, 5.001))] == [
        "out_of_date", "out_of_date", "out_of_date", "new_run",
    ]  # fmt: skip


def test_one_lower_snapshot_for_however_long_begins_none():
    ids = after(100)
    assert {take(ids, 1, float(now)) for now in range(1, 100)} == {"out_of_date"}


def test_what_was_lower_before_the_last_copy_is_none_of_the_two():
    """A stream that goes on sending its last message for hours, and one late message of the stream that died."""
    ids = after(99, 100)
    assert take(ids, 50, 0.5) == "out_of_date"
    assert take(ids, 99, 1.0) == "repeated"
    assert {take(ids, 7, float(now)) for now in range(2, 100)} == {"out_of_date"}


def test_what_is_taken_back_may_come_again():
    ids = after(98, 99, 100)
    ids.return_to(ids.id_before)
    assert [take(ids, number) for number in (98, 99, 100)] == ["repeated", "repeated", "news"]


def test_everything_is_taken_back_to_none():
    ids = after(98, 99, 100)
    ids.return_to(NO_ID)
    assert [take(ids, number) for number in (98, 99)] == ["news", "news"]


def test_there_is_nothing_before_the_first():
    assert Ids().id_before == after(5).id_before == NO_ID

"""When messages go, in virtual time: the first at once, not too many, everything once, again until it is taken."""

from collections import deque
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.domain.delivering import (
    GIVE_UP_SECONDS,
    GROUP_SECONDS,
    LONGEST_WAIT,
    MINUTE,
    MOST_TOGETHER,
    Waiting,
    is_given_up,
    together,
    wait_after,
)

LIMIT = 4
ARRIVALS = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 7), st.sampled_from([1, 2, 250])), max_size=20
)  # second, rule, how many


def test_it_is_tried_again_after_1_2_4_seconds_and_at_last_every_five_minutes_for_a_day():
    assert [wait_after(attempts) for attempts in range(1, 12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert wait_after(10_000) == LONGEST_WAIT
    assert [wait_after(attempts, 30) for attempts in (1, 5, 6, 7)] == [30, 30, 32, 64]
    assert wait_after(1, 86_400) == wait_after(1, inf) == LONGEST_WAIT, (
        "a receiver holds up no channel for a day"
    )
    assert not is_given_up(0.0, GIVE_UP_SECONDS - 1)
    assert is_given_up(0.0, GIVE_UP_SECONDS)


@settings(max_examples=40)
@given(ARRIVALS)
def test_everything_is_told_once_in_order_the_first_at_once_and_no_minute_has_too_many(arrivals):
    """Second by second, with what is told held against a plain list of all that happened."""
    waiting: list[Waiting] = []
    told_at: dict[int, float] = {}
    made: deque[float] = deque()
    sent: list[int] = []
    number = 0
    for second in range(300):
        now = float(second)
        fresh = [(rule, count) for at, rule, count in arrivals if at == second]
        for rule, count in fresh:
            waiting += [Waiting(number + each, rule) for each in range(count)]
            number += count
        while made and made[0] <= now - MINUTE:
            made.popleft()
        room = LIMIT - len(made)
        groups = together(waiting, told_at, now, room, is_failing=False)
        rule_of = {each.id: each.rule for each in waiting}
        gone = [each for group in groups for each in group]
        rules = {rule_of[each] for each in gone}
        due = {each.rule for each in waiting if told_at.get(each.rule, -GROUP_SECONDS) <= now - GROUP_SECONDS}
        assert len(groups) <= max(room, 0)
        assert all(0 < len(group) <= MOST_TOGETHER for group in groups)
        if room > 0 and due:
            assert groups  # nothing waits that has its turn
        if room >= len(due) and len(waiting) <= MOST_TOGETHER:
            assert rules == due
            assert len(groups) == len(due)  # each rule in a message of its own
        assert all(now - told_at.get(rule, -GROUP_SECONDS) >= GROUP_SECONDS for rule in rules)
        made.extend(now for _ in groups)
        told_at |= dict.fromkeys(rules, now)
        waiting = [each for each in waiting if each.id not in set(gone)]
        sent += gone
    assert len(sent) == len(set(sent))
    total = sum(count for _, _, count in arrivals)
    assert len(sent) + len(waiting) == total
    if total <= LIMIT * MOST_TOGETHER:
        assert not waiting


def test_two_hundred_symbols_of_a_rule_are_one_message():
    waiting = [Waiting(number, 1) for number in range(200)]
    assert together(waiting, {}, 0.0, 30, is_failing=False) == [list(range(200))]


def test_more_rules_than_room_share_a_message():
    waiting = [Waiting(number, number) for number in range(40)]
    assert together(waiting, {}, 0.0, 30, is_failing=False) == [list(range(40))]
    assert together(waiting, {}, 0.0, 0, is_failing=False) == []


def test_a_channel_that_takes_nothing_gets_no_message_more_for_five_minutes():
    waiting = [Waiting(1, 1), Waiting(2, 2)]
    assert together(waiting, {1: 0.0}, 299.0, 30, is_failing=True) == []
    assert together(waiting, {1: 0.0}, 300.0, 30, is_failing=True) == [[1, 2]]


def test_a_clock_that_was_put_back_makes_nobody_wait():
    assert together([Waiting(1, 1)], {1: 1_000.0}, 10.0, 30, is_failing=False) == [[1]]

"""The spans before and after a change, held against a slow reference that steps through time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from effects.domain.spans import CUTS, LENGTHS, Cut, Length, Pair, pairs

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
minutes = st.integers(0, 3_000).map(lambda number: number * MINUTE)
all_limits = st.dictionaries(st.sampled_from(list(CUTS)), minutes)
waits = st.integers(-60, 3_000).map(lambda number: number * MINUTE)


def at_end(
    length: Length, limits: dict[Cut, timedelta] | None = None, wait: timedelta = 3 * LENGTHS["24h"]
) -> Pair:
    return next(pair for pair in pairs(AT, AT + wait, limits or {}) if pair.length == length)


def stepped(length: timedelta, wait: timedelta, limits: dict[Cut, timedelta]) -> timedelta:
    """How far one comes from the change, a minute at a time on both sides, without meeting anything else."""
    lasted = timedelta(0)
    while lasted < length and lasted < wait and all(lasted < limit for limit in limits.values()):
        lasted += MINUTE
    return lasted


@given(limits=all_limits, wait=waits)
def test_they_are_as_long_as_steps_from_the_change_can_be_taken(limits, wait):
    for pair in pairs(AT, AT + wait, limits):
        assert pair.lasted == stepped(LENGTHS[pair.length], wait, limits)


@given(limits=all_limits, wait=waits)
def test_both_sides_are_equal_and_meet_at_the_change(limits, wait):
    for pair in pairs(AT, AT + wait, limits):
        assert pair.before.end == pair.after.start == AT
        assert pair.before.end - pair.before.start == pair.after.end - pair.after.start


@given(limits=all_limits, wait=waits)
def test_neither_reaches_beyond_another_change_of_its_level_nor_into_what_is_to_come(limits, wait):
    for pair in pairs(AT, AT + wait, limits):
        for limit in limits.values():
            assert pair.before.start >= AT - limit
            assert pair.after.end <= AT + limit
        assert pair.after.end <= max(AT, AT + wait)


@given(limits=all_limits, wait=waits, later=minutes)
def test_as_time_passes_they_fill_in_until_the_moment_that_was_named(limits, wait, later):
    for now, then in zip(pairs(AT, AT + wait, limits), pairs(AT, AT + wait + later, limits), strict=True):
        assert then.lasted >= now.lasted
        assert (then.most, then.cut_by) == (now.most, now.cut_by)
        if now.fills_until is None:
            assert then == now
        else:
            assert now.fills_until == AT + now.most
            assert (then.fills_until is None) == (AT + wait + later >= now.fills_until)


def test_what_is_cut_says_by_what_came_first():
    limits: dict[Cut, timedelta] = {
        "previous_change": 50 * MINUTE,
        "next_change": 40 * MINUTE,
        "ledger": 120 * MINUTE,
    }
    assert [(pair.most, pair.cut_by) for pair in pairs(AT, AT + LENGTHS["24h"], limits)] == [
        (15 * MINUTE, None),
        (40 * MINUTE, "next_change"),
        (40 * MINUTE, "next_change"),
    ]


def test_what_ends_just_where_something_else_begins_is_not_cut():
    assert at_end("1h", {"next_change": LENGTHS["1h"]}).cut_by is None


def test_five_minutes_after_a_change_five_minutes_are_compared():
    pair = at_end("1h", wait=5 * MINUTE)
    assert (pair.before.start, pair.after.end) == (AT - 5 * MINUTE, AT + 5 * MINUTE)
    assert pair.fills_until == AT + LENGTHS["1h"]


def test_a_change_at_the_very_moment_of_another_has_nothing_to_be_compared():
    pair = at_end("15m", {"previous_change": timedelta(0)})
    assert (pair.lasted, pair.fills_until, pair.cut_by) == (timedelta(0), None, "previous_change")


def test_a_limit_on_the_wrong_side_of_the_change_leaves_nothing_either():
    """The ledger begins after it, or a clock was set back between two changes."""
    assert at_end("24h", {"ledger": -5 * MINUTE}).lasted == timedelta(0)

"""How long whoever guesses passwords must wait."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from login.domain import (
    ALLOWED,
    FIRST_WAIT,
    FORGOTTEN_AFTER,
    KNOWN_FOR,
    LONGEST_WAIT,
    LONGEST_WAIT_WHERE_KNOWN,
    NOWHERE,
    failures,
    forgotten_at,
    site,
    wait,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NONE = timedelta()


@dataclass
class Count:
    failures: int = 0
    failed_at: datetime | None = None
    succeeded_at: datetime | None = None


moments = st.none() | st.timedeltas(-timedelta(days=40), timedelta(days=40)).map(lambda span: NOW + span)
counts = st.builds(Count, st.integers(0, 10_000), moments, moments)
strangers = counts.map(lambda count: replace(count, succeeded_at=None))


def waiting(three: list[Count], now: datetime) -> timedelta:
    together, account, address = three
    return wait(together, account, address, now)


def guessed(times: int, ago: timedelta = NONE) -> Count:
    return Count(times, NOW - ago)


def test_a_few_wrong_passwords_cost_nothing():
    together, account, address = (guessed(allowed - 1) for allowed in ALLOWED)
    assert wait(together, account, address, NOW) == NONE


@pytest.mark.parametrize("which", [0, 1, 2])
def test_then_each_makes_the_wait_twice_as_long_up_to_an_hour(which: int):
    waits = []
    for beyond in range(30):
        three = [Count(), Count(), Count()]
        three[which] = guessed(ALLOWED[which] + beyond)
        waits.append(waiting(three, NOW))
    assert waits[0] == FIRST_WAIT
    assert all(later in (2 * sooner, LONGEST_WAIT) for sooner, later in pairwise(waits))
    assert waits[-1] == LONGEST_WAIT


def test_the_wait_runs_out_by_itself():
    asked = guessed(ALLOWED.together + 3, ago=timedelta(seconds=15))
    assert wait(asked, Count(), Count(), NOW) == 8 * FIRST_WAIT - timedelta(seconds=15)
    assert wait(asked, Count(), Count(), NOW + timedelta(seconds=25)) == NONE


@given(strangers, counts, counts)
def test_a_stranger_waits_for_whichever_count_is_worst(together: Count, account: Count, address: Count):
    alone = [
        wait(together, Count(), Count(), NOW),
        wait(Count(), account, Count(), NOW),
        wait(Count(), Count(), address, NOW),
    ]
    assert wait(together, account, address, NOW) == max(alone)
    assert NONE <= max(alone) <= LONGEST_WAIT


@given(counts, counts, counts)
def test_who_is_known_waits_for_his_own_mistakes_only_and_never_long(
    own: Count, account: Count, address: Count
):
    known = replace(own, succeeded_at=NOW - timedelta(days=29))
    assert (
        wait(known, account, address, NOW) == wait(known, Count(), Count(), NOW) <= LONGEST_WAIT_WHERE_KNOWN
    )


def test_after_a_month_nobody_is_known_any_more():
    account = guessed(100)
    for age, waits in ((KNOWN_FOR - timedelta(seconds=1), False), (KNOWN_FOR, True)):
        assert bool(wait(Count(succeeded_at=NOW - age), account, Count(), NOW)) is waits


def test_after_a_day_without_wrong_passwords_counting_begins_anew():
    for age, left in ((FORGOTTEN_AFTER - timedelta(seconds=1), 7), (FORGOTTEN_AFTER, 0)):
        assert failures(guessed(7, ago=age), NOW) == left


@given(counts, counts, counts, st.timedeltas(NONE, timedelta(days=90)))
def test_what_is_forgotten_made_no_difference_any_more(
    together: Count, account: Count, address: Count, span: timedelta
):
    later = NOW + span
    three = [together, account, address]
    for place, count in enumerate(three):
        if forgotten_at(count, NOW) <= later:
            without = [*three]
            without[place] = Count()
            assert waiting(three, later) == waiting(without, later)


def test_guessing_all_day_is_a_few_dozen_guesses():
    """By as many as like, from wherever they like, of one account: they share its count."""
    account, now, tried = Count(), NOW, 0
    while now < NOW + timedelta(days=1):
        now += wait(Count(), account, Count(), now)
        account = Count(failures(account, now) + 1, now)
        tried += 1
    assert tried <= ALLOWED.account + 36


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        (None, NOWHERE),
        ("", NOWHERE),
        ("/run/desk.sock", NOWHERE),
    ],
)
def test_who_has_an_address_of_ipv6_has_its_network(address: str | None, counted: str):
    assert site(address) == counted

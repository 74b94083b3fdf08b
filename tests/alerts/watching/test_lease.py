"""Who may watch."""

import pytest

from alerts.models import Watch
from alerts.watching.lease import LEASE_SECONDS, Lease

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def one(clock):
    return Lease("host:1", clock)


@pytest.fixture
def other(clock):
    return Lease("host:2", clock)


def test_the_first_who_asks_has_it(one, other):
    assert (one.take(), other.take()) == (True, False)
    assert (one.is_held, other.is_held) == (True, False)


def test_whoever_renews_it_keeps_it(one, other, clock):
    one.take()
    for _ in range(20):
        clock.advance(LEASE_SECONDS - 1)
        assert (one.renew(), other.take()) == (True, False)


def test_it_ends_unless_it_is_renewed(one, other, clock):
    one.take()
    clock.advance(LEASE_SECONDS)
    assert not one.is_held
    assert other.take()
    assert (one.renew(), one.take()) == (False, False)


def test_who_learns_too_late_that_it_ended_may_renew_it_only_where_nobody_has_had_it(one, other, clock):
    one.take()
    clock.advance(2 * LEASE_SECONDS)
    assert one.renew()
    clock.advance(LEASE_SECONDS)
    other.take()
    clock.advance(LEASE_SECONDS)
    assert (one.renew(), one.take()) == (False, True)


def test_nobody_renews_what_was_never_taken(one):
    assert not one.renew()


def test_what_is_released_can_be_had_at_once(one, other):
    one.take()
    one.release()
    assert not one.is_held
    assert other.take()


def test_nobody_releases_what_another_one_has(one, other):
    one.take()
    other.release()
    assert not other.take()


def test_who_writes_learns_whether_another_one_has_taken_it(one, other, clock):
    one.take()
    assert (one.is_ours(), other.is_ours()) == (True, False)
    Watch.objects.update(holder="host:2")
    assert (one.is_ours(), other.is_ours()) == (False, True)
    clock.advance(LEASE_SECONDS)
    assert not other.is_ours()


def test_what_is_kept_beside_it_stays_for_the_next_one(one, other, clock):
    one.take()
    one.renew(pending=[[1, 1, "BTCUSDT", "binance", 5.0]])
    one.renew()
    one.release()
    other.take()
    assert Watch.objects.get().pending == [[1, 1, "BTCUSDT", "binance", 5.0]]

"""Steady, without drift, and never in a burst."""

from markets.simulation.pacing import Pacer


def test_waits_for_what_is_not_due():
    assert Pacer(100.0).wait(2.0, 101.5) == 0.5


def test_small_delays_are_made_up_so_the_rate_holds():
    pacer = Pacer(0.0)
    now = 0.0
    for tick in range(1, 1_001):
        now += pacer.wait(tick * 0.02, now) + 0.005  # every tick's own work takes 5 ms
    assert abs(now - 20.0) < 0.01


def test_a_long_pause_is_not_made_up():
    pacer = Pacer(0.0)
    assert pacer.wait(1.0, 61.0) == 0.0
    assert pacer.wait(1.5, 61.0) == 0.5
    assert pacer.skipped_seconds == 60.0

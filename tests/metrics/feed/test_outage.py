"""Since when NATS has been away, as a feed says it."""

from messaging.outage import Outage
from tests.factories import START, Clock


def test_away_from_the_start_is_told_after_a_moment():
    outage = Outage(START)
    assert outage.look(False, START + 0.9) is None
    assert outage.look(False, START + 1) == START


def test_away_since_it_was_first_seen_away():
    outage = Outage(START)
    assert outage.look(True, START + 5) is None
    assert outage.look(False, START + 9) is None
    assert outage.look(False, START + 10) == START + 9
    assert outage.look(False, START + 60) == START + 9
    assert outage.look(True, START + 61) is None
    assert outage.look(False, START + 62) is None


def test_a_feeds_report_says_since_when(feed, clock: Clock):
    feed.is_connected = lambda: True
    assert feed.report(clock(), []).nats_away_since is None
    feed.is_connected = lambda: False
    clock.advance(10)
    feed.report(clock(), [])
    clock.advance(2)
    report = feed.report(clock(), [])
    assert (report.connected, report.nats_away_since) == (False, START + 10)

"""What of the parts of the system is seen."""

from typing import Any

from alerts.domain.watched.parts import STORE
from alerts.watching.seen.parts import Parts
from configuration.domain.catalogue import CATALOGUE
from presence import Presence
from tests.factories import START, feed_report
from tests.markets.reports.reports import markets_report
from tests.strategies.reports import report as process_report

FEED = "feed host/0/1"


def seen(parts: Parts, look: Any) -> dict[str, Any]:
    return {part.name: part for part in parts(look)}


def test_each_process_and_the_store_is_a_part_and_keeps_its_name_when_it_starts_again(reported):
    reported.hears(
        feed_report(),
        markets_report(instance="host/binance:top:20", reported_at=START),
        process_report(instance="host:7/0/1", strategies=list(CATALOGUE)),
        process_report(instance="host:8/0/1", strategies=["trade_momentum"]),
        process_report(instance="host:6/0/1", strategies=list(CATALOGUE), reported_at=START - 60),
        Presence("web host", START - 10, START, 0),
    )
    assert set(seen(Parts(), reported.look())) == {
        STORE,
        FEED,
        "market host/binance:top:20",
        "strategies host/0/1",
        "strategies host/0/1 (trade_momentum)",
        "web host",
    }


def test_a_process_is_silent_since_it_reported_last_and_then_nothing_else_is_known_of_it(reported, clock):
    reported.hears(feed_report(last_message_at=START - 2, nats_away_since=START - 1, lag_ms=250.0))
    feed = seen(Parts(), reported.look())[FEED]
    assert (feed.silent_seconds, feed.no_message_seconds, feed.is_without_nats, feed.lag_seconds) == (
        0.0, 2.0, True, 0.25,
    )  # fmt: skip
    clock.advance(30)
    feed = seen(Parts(), reported.look())[FEED]
    assert (feed.silent_seconds, feed.no_message_seconds, feed.is_without_nats) == (30.0, None, None)


def test_where_no_message_ever_came_it_is_waited_for_since_the_process_started(reported):
    reported.hears(feed_report(last_message_at=None, started_at=START - 90))
    assert seen(Parts(), reported.look())[FEED].no_message_seconds == 90.0


def test_drops_and_the_share_of_refused_messages_are_those_of_a_minute(reported, clock):
    parts = Parts()
    for second in range(61):
        reported.hears(
            feed_report(
                reported_at=clock(),
                messages=1_000 + 10 * second,
                refused={"crossed": 500 + 4 * second},
                slow_consumer_drops=7 + second,
            )
        )
        feed = seen(parts, reported.look())[FEED]
        assert (feed.drops_per_minute is None) == (second < 60)
        clock.advance(1)
    assert (feed.drops_per_minute, feed.refused_share) == (60, 40.0)


def test_a_process_that_died_is_started_again_for_five_minutes(reported, clock):
    reported.hears(feed_report(restarts=1, started_at=START - 299), feed_report(instance="b", restarts=0))
    parts = seen(Parts(), reported.look())
    assert (parts[FEED].is_restarted, parts["feed b"].is_restarted) == (True, False)
    clock.advance(2)
    assert seen(Parts(), reported.look())[FEED].is_restarted is False


def test_of_a_process_that_reports_nothing_else_it_is_known_whether_it_is_there(reported, clock):
    reported.hears(Presence("what-if host", START - 10, START, 1))
    part = seen(Parts(), reported.look())["what-if host"]
    assert (part.silent_seconds, part.is_restarted, part.is_without_nats) == (0.0, True, None)
    clock.advance(20)
    assert seen(Parts(), reported.look())["what-if host"].silent_seconds == 20.0


def test_a_strategy_process_says_whether_the_database_answers(reported):
    reported.hears(process_report(database_answers=False))
    (part,) = [each for each in Parts()(reported.look()) if each.name.startswith("strategies")]
    assert part.is_without_database is True


def test_while_the_store_is_away_it_alone_is_known(reported, clock):
    parts = Parts()
    reported.hears(feed_report(reported_at=START))
    parts(reported.look())
    clock.advance(20)
    away = seen(parts, reported.look_in_vain(answered_at=START + 5))
    assert away[STORE].silent_seconds == 15.0
    assert away[FEED].silent_seconds is None

"""What of strategies is seen."""

from datetime import datetime

import msgspec

from alerts.watching.seen.strategies import Strategies
from configuration.domain.catalogue import CATALOGUE
from tests.alerts.watching.seen.looks import STRATEGY_KEYS
from tests.factories import START
from tests.strategies.reports import report
from tests.strategies.test_counts_in_signals import signal

SKEW, MOMENTUM, SPREAD = "orderbook_skew", "trade_momentum", "cross_exchange_spread"


def seen(strategies, look):
    return {each.name: each for each in strategies(look)}


def test_every_strategy_is_seen_whether_anybody_runs_it_or_not(reported):
    found = seen(Strategies(), reported.look())
    assert [*found] == [*CATALOGUE]
    assert {each.processes_heard for each in found.values()} == {0}
    assert found[SKEW].seconds_since_signal is None


def test_signals_are_counted_by_strategy_over_a_minute_those_held_back_by_themselves(reported, clock):
    strategies = Strategies()
    for second in range(61):
        signals = {f"{SKEW}:buy": 2 * second, f"{SKEW}:sell": second, f"{MOMENTUM}:buy": 5}
        for instance in ("a:1/0/2", "b:1/1/2"):
            reported.hears(
                report(
                    instance=instance,
                    strategies=[SKEW, MOMENTUM],
                    signals=signals,
                    suppressed={SKEW: second},
                    reported_at=clock(),
                    started_at=START - 600,
                )
            )
        found = seen(strategies, reported.look())
        clock.advance(1)
    assert (found[SKEW].signals_per_minute, found[SKEW].held_back_per_minute) == (360, 120)
    assert (found[MOMENTUM].signals_per_minute, found[MOMENTUM].processes_heard) == (0, 2)
    assert found["onchain_metrics"].signals_per_minute is None


def test_the_last_signal_is_the_newest_that_is_kept_or_the_start_of_who_has_sent_none(reported, store, clock):
    sent = signal()
    store.lpush(STRATEGY_KEYS.signals(SPREAD), msgspec.json.encode(sent))
    clock.now = datetime.fromisoformat(sent.timestamp).timestamp() + 40
    reported.hears(report(strategies=[SPREAD, MOMENTUM], started_at=clock() - 640, reported_at=clock()))
    found = seen(Strategies(), reported.look())
    assert (found[SPREAD].seconds_since_signal, found[MOMENTUM].seconds_since_signal) == (40.0, 640.0)

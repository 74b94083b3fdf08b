"""When a rule fires: to the step, never twice, and as if each market were judged by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.domain.entities import NOTHING, Entities, Thing
from alerts.domain.judging import GONE_AFTER_SECONDS, Fired, Firing, Judge, Resolved, Unjudged
from alerts.domain.rules import Rule
from alerts.domain.scene import Scene, look_at
from alerts.domain.watched.halts import HaltSeen
from metrics.domain.market import MarketId
from tests.factories import START

BTC, ETH = MarketId("BTCUSDT", "binance/spot"), MarketId("ETHUSDT", "binance/spot")
ELSEWHERE = MarketId("BTCUSDT", "okx/spot")
CONTRACTS = MarketId("BTCUSDT", "binance/usdm")
KEPT = Firing(pending_since=START, fired_at=START, worst=12.0)
RULE = Rule(id=1, name="Wide", watch="spread_bps_10s", threshold=10.0, clear_at=8.0, for_seconds=1.0)
TICK = 0.25


def halted(name, seconds):
    return HaltSeen(name=name, is_halted=True, is_resumed=False, halted_seconds=seconds)


def scene(values, followed=None, is_known=True):
    """The markets that are named, with what each has; the followed ones are all of them unless said otherwise."""
    is_complete = any(isinstance(each, Thing) for each in values)
    every = [each for each in values if isinstance(each, MarketId)]
    markets = Entities(list(values), every if followed is None else list(followed))
    columns = {RULE.watch: np.array([*values.values(), None], dtype=float)}
    return Scene(markets, columns, is_known, is_complete)


def steps(judge, values, market=BTC):
    """The changes of each step, a tick apart."""
    one = scene({market: None})
    return [
        judge.step(
            Scene(one.entities, {RULE.watch: np.array([value, None], dtype=float)}), START + place * TICK
        )
        for place, value in enumerate(values)
    ]


def test_an_alert_fires_at_the_first_step_at_which_the_condition_has_held_for_long_enough():
    found = steps(Judge(RULE), [10.0, 10.1, 12.0, 11.0, 11.0, 10.5, 10.5])
    assert found == [[]] * 5 + [[Fired(BTC, START + 1.25, START + 0.25, 10.5)]] + [[]]


def test_without_a_time_it_fires_at_once():
    assert steps(Judge(replace(RULE, for_seconds=0.0)), [11.0])[0] == [Fired(BTC, START, START, 11.0)]


@pytest.mark.parametrize("interruption", [10.0, None])
def test_what_is_pending_starts_over_where_it_does_not_hold_or_cannot_be_judged(interruption):
    found = steps(Judge(RULE), [11.0, 11.0, 11.0, interruption, 11.0, 11.0, 11.0, 11.0, 11.0])
    assert found[:-1] == [[]] * 8
    assert found[-1] == [Fired(BTC, START + 2.0, START + 1.0, 11.0)]


def test_what_fires_goes_on_until_the_value_is_back_at_where_it_clears():
    found = steps(Judge(replace(RULE, for_seconds=0.0)), [11.0, 15.0, 9.0, 8.1, 8.0, 8.0])
    assert found[1:4] == [[]] * 3
    assert found[4:] == [[Resolved(BTC, START + 1.0, "back", 15.0)], []]


def test_below_is_the_mirror_image():
    rule = replace(RULE, comparison="below", clear_at=12.0, for_seconds=0.0)
    found = steps(Judge(rule), [10.0, 9.9, 7.0, 11.9, 12.0])
    assert found == [
        [],
        [Fired(BTC, START + 0.25, START + 0.25, 9.9)],
        [],
        [],
        [Resolved(BTC, START + 1, "back", 7.0)],
    ]


def test_what_fires_and_cannot_be_judged_is_marked_and_goes_on():
    found = steps(Judge(replace(RULE, for_seconds=0.0)), [11.0, None, None, 9.0])
    assert found[1:] == [[Unjudged(BTC, START + 0.25)], [], [Unjudged(BTC, None)]]


def test_what_can_be_judged_again_and_is_back_is_resolved_and_no_more():
    found = steps(Judge(replace(RULE, for_seconds=0.0)), [11.0, None, 7.0])
    assert found[-1] == [Resolved(BTC, START + 0.5, "back", 11.0)]


def test_a_clock_that_is_put_back_makes_nobody_wait_for_longer():
    judge = Judge(RULE)
    judge.step(scene({BTC: 11.0}), START + 3_600)
    judge.step(scene({BTC: 11.0}), START)
    assert judge.step(scene({BTC: 11.0}), START + 1) == [Fired(BTC, START + 1, START, 11.0)]


def test_markets_do_not_share_a_state():
    judge = Judge(replace(RULE, for_seconds=0.0))
    assert judge.step(scene({BTC: 11.0, ETH: 9.0}), START) == [Fired(BTC, START, START, 11.0)]
    assert judge.step(scene({ETH: 12.0, BTC: 9.0}), START + 1) == [Fired(ETH, START + 1, START + 1, 12.0)]


def test_a_rule_is_about_followed_markets_or_about_those_of_one_venue_and_form():
    values = {BTC: 11.0, ELSEWHERE: 12.0, CONTRACTS: 13.0}
    found = {
        market: [
            change.entity
            for change in Judge(replace(RULE, market=market, for_seconds=0.0)).step(
                scene(values, {BTC}), START
            )
        ]
        for market in ("", "binance", "okx", "binance-usdm", "kraken")
    }
    assert found == {
        "": [BTC],
        "binance": [BTC],
        "okx": [ELSEWHERE],
        "binance-usdm": [CONTRACTS],
        "kraken": [],
    }


def test_a_rule_is_about_the_symbols_it_names():
    judge = Judge(replace(RULE, symbols=("ETH*",), for_seconds=0.0))
    assert [change.entity for change in judge.step(scene({BTC: 11.0, ETH: 11.0}), START)] == [ETH]


def test_a_market_that_is_gone_cannot_be_judged_and_its_alert_ends_after_an_hour():
    judge = Judge(replace(RULE, for_seconds=0.0))
    judge.step(scene({BTC: 11.0, ETH: 5.0}), START)
    without = scene({ETH: 5.0})
    assert judge.step(without, START + 1) == [Unjudged(BTC, START + 1)]
    assert judge.step(without, START + 1 + GONE_AFTER_SECONDS) == []
    assert judge.step(without, START + 2 + GONE_AFTER_SECONDS) == [
        Resolved(BTC, START + 2 + GONE_AFTER_SECONDS, "market gone", 11.0)
    ]


def test_what_is_no_market_and_not_there_any_more_is_gone_at_once():
    judge = Judge(replace(RULE, watch="halted_seconds", for_seconds=0.0))
    everything, other = halted("everything", 11.0), halted("all strategies on BTCUSDT", 5.0)
    fired = judge.step(look_at([everything, other], ["halted_seconds"]), START)
    assert fired == [Fired(Thing("everything"), START, START, 11.0)]
    assert judge.step(look_at([other], ["halted_seconds"]), START + 1) == [
        Resolved(Thing("everything"), START + 1, "gone", 11.0)
    ]


def test_nothing_is_gone_that_nobody_could_look_at():
    judge = Judge(replace(RULE, watch="halted_seconds", for_seconds=0.0), firing={Thing("everything"): KEPT})
    assert judge.step(Scene(NOTHING, {}, is_known=False), START) == [Unjudged(Thing("everything"), START)]
    assert judge.step(look_at([], ["halted_seconds"]), START + 1) == [
        Resolved(Thing("everything"), START + 1, "gone", 12.0)
    ]


def test_a_rule_is_about_the_things_it_names():
    judge = Judge(replace(RULE, watch="halted_seconds", entities=("*on BTCUSDT",), for_seconds=0.0))
    seen = [halted(name, 11.0) for name in ("everything", "all strategies on BTCUSDT", "x on BTCUSDT")]
    found = [change.entity.name for change in judge.step(look_at(seen, ["halted_seconds"]), START)]
    assert found == ["all strategies on BTCUSDT", "x on BTCUSDT"]


def test_nothing_ends_while_nobody_can_look():
    judge = Judge(replace(RULE, for_seconds=0.0))
    judge.step(scene({BTC: 11.0}), START)
    judge.step(scene({}), START + 1)
    dark = Scene(scene({}).entities, {}, is_known=False)
    assert judge.step(dark, START + 2 * GONE_AFTER_SECONDS) == []


def test_the_alert_of_a_market_that_is_no_longer_followed_ends_and_the_new_one_begins_anew():
    judge = Judge(RULE)
    both = {BTC: 11.0, ELSEWHERE: 11.0}
    judge.step(scene(both, {BTC}), START)
    judge.step(scene(both, {BTC}), START + 1)
    assert judge.step(scene(both, {ELSEWHERE}), START + 2) == [Resolved(BTC, START + 2, "market gone", 11.0)]
    assert judge.step(scene(both, {ELSEWHERE}), START + 3) == [Fired(ELSEWHERE, START + 3, START + 2, 11.0)]


def test_all_that_fires_ends_with_its_rule():
    judge = Judge(replace(RULE, for_seconds=0.0))
    judge.step(scene({BTC: 11.0, ETH: 12.0}), START)
    assert judge.close("rule disabled", START + 1) == [
        Resolved(BTC, START + 1, "rule disabled", 11.0),
        Resolved(ETH, START + 1, "rule disabled", 12.0),
    ]
    assert judge.firing == {}


# -- Against one market after another --------------------------------------------------------


class Reference:
    """One market, slowly."""

    def __init__(self, rule):
        self.rule, self.since = rule, None
        self.firing: Firing | None = None

    def step(self, value, now):
        sign = 1 if self.rule.comparison == "above" else -1
        if self.firing:
            if value is None:
                unjudged = now if self.firing.unjudged_since is None else self.firing.unjudged_since
                return self._keep(replace(self.firing, unjudged_since=unjudged))
            worst = sign * max(sign * self.firing.worst, sign * value)
            if sign * value <= sign * self.rule.resolves_at:
                self.since = self.firing = None
                return [Resolved(BTC, now, "back", worst)]
            return self._keep(replace(self.firing, worst=worst, unjudged_since=None))
        if value is None or sign * value <= sign * self.rule.threshold:
            self.since = None
            return []
        self.since = now if self.since is None else self.since
        if now - self.since < self.rule.for_seconds:
            return []
        self.firing = Firing(pending_since=self.since, fired_at=now, worst=value)
        return [Fired(BTC, now, self.since, value)]

    def _keep(self, firing):
        before, self.firing = self.firing, firing
        is_news = before is not None and firing.unjudged_since != before.unjudged_since
        return [Unjudged(BTC, firing.unjudged_since)] if is_news else []


MARKETS = [BTC, ETH, MarketId("SOLUSDT", "okx/spot")]
THINGS = [Thing("store"), Thing("feed a/0/1"), Thing("feed b/0/1")]
value = st.none() | st.sampled_from([7.0, 8.0, 9.0, 10.0, 11.0, 12.0])
moment = st.tuples(
    st.dictionaries(st.sampled_from(MARKETS), value), st.sampled_from([0.25, 0.5, 1.0, 3.0]), st.booleans()
)
rules = st.builds(
    lambda comparison, hysteresis, for_seconds: replace(
        RULE,
        comparison=comparison,
        threshold=10.0,
        clear_at=hysteresis and (10 - hysteresis if comparison == "above" else 10 + hysteresis),
        for_seconds=for_seconds,
    ),
    st.sampled_from(["above", "below"]),
    st.sampled_from([None, 1.0, 2.0]),
    st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0]),
)


@given(rules, st.lists(moment, max_size=40))
def test_any_markets_with_any_gaps_and_restarts_are_judged_as_each_by_itself(rule, moments):
    """A market that is not there is one whose value is not known."""
    are_judged_as_each_by_itself(rule, MARKETS, moments)


@given(rules, st.lists(moment, max_size=40))
def test_things_are_judged_in_the_same_way(rule, moments):
    """A thing that is there always."""
    things = dict(zip(MARKETS, THINGS, strict=True))
    always = [
        ({thing: values.get(market) for market, thing in things.items()}, *others)
        for values, *others in moments
    ]
    are_judged_as_each_by_itself(rule, THINGS, always)


def are_judged_as_each_by_itself(rule, entities, moments):
    judge, references = Judge(rule), {market: Reference(rule) for market in entities}
    firing, now = set(), START
    for values, seconds, is_restarted in moments:
        now += seconds
        if is_restarted:
            judge = Judge(rule, judge.pending, judge.firing)
        changes = judge.step(scene(values), now)
        expected = [
            replace(change, entity=market)
            for market, reference in references.items()
            for change in reference.step(values.get(market), now)
        ]
        assert sorted(changes, key=repr) == sorted(expected, key=repr)
        for change in changes:
            if isinstance(change, Fired):
                assert change.entity not in firing
                firing.add(change.entity)
            elif isinstance(change, Resolved):
                firing.remove(change.entity)
        assert set(judge.firing) == firing
        assert judge.firing == {m: each.firing for m, each in references.items() if each.firing}

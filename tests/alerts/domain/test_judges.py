"""All rules together."""

import numpy as np
import pytest
from msgspec.structs import replace

from alerts.domain.entities import Entities, Thing
from alerts.domain.judges import Judges
from alerts.domain.judging import Fired, Resolved
from alerts.domain.scene import Scene
from tests.alerts.domain.test_judging import BTC, ETH, RULE
from tests.factories import START

AT_ONCE = replace(RULE, for_seconds=0.0)
OTHER = replace(
    AT_ONCE, id=2, name="Thin", watch="depth_usd_10s", comparison="below", threshold=100.0, clear_at=None
)
OFF = replace(AT_ONCE, id=3, is_enabled=False)
RULES = {rule.id: rule for rule in (AT_ONCE, OTHER, OFF)}


def scene(spread, depth):
    columns = {"spread_bps_10s": [spread, None], "depth_usd_10s": [depth, None]}
    arrays = {name: np.array(values, dtype=float) for name, values in columns.items()}
    return {"market": Scene(Entities([BTC], [BTC]), arrays)}


def test_a_rule_by_which_nothing_can_be_judged_is_told_by_one_about_rules():
    unjudged = replace(AT_ONCE, id=9, watch="is_unjudged", threshold=0.5, clear_at=None)
    judges = Judges([AT_ONCE, OTHER, unjudged])
    (entry,) = judges.step(scene(spread=1.0, depth=None), START)
    assert entry.change == Fired(Thing(OTHER.name), START, START, 1.0)
    (entry,) = judges.step(scene(spread=1.0, depth=500.0), START + 1)
    assert entry.change == Resolved(Thing(OTHER.name), START + 1, "back", 1.0)


def test_what_nobody_has_looked_at_yet_is_not_called_unjudged():
    parts = replace(AT_ONCE, watch="silent_seconds")
    unjudged = replace(AT_ONCE, id=9, watch="is_unjudged", threshold=0.5, clear_at=None)
    assert Judges([parts, unjudged]).step({}, START) == []


def test_a_kind_at_which_nobody_has_looked_since_stays_as_it_is():
    judges = Judges([AT_ONCE])
    judges.step(scene(spread=20.0, depth=1.0), START)
    assert judges.step({}, START + 9) == []
    assert set(judges.firing) == {(1, BTC)}


def test_only_rules_that_are_enabled_are_judged():
    judges = Judges(RULES.values())
    assert (len(judges), judges.names) == (2, {"spread_bps_10s", "depth_usd_10s"})


def test_each_rule_has_its_own_alerts():
    judges = Judges(RULES.values())
    entries = judges.step(scene(spread=20.0, depth=50.0), START)
    assert [entry.key for entry in entries] == [(1, BTC), (2, BTC)]
    assert all(isinstance(entry.change, Fired) for entry in entries)
    assert set(judges.firing) == {(1, BTC), (2, BTC)}
    (entry,) = judges.step(scene(spread=20.0, depth=150.0), START + 1)
    assert (entry.key, entry.change) == ((2, BTC), Resolved(BTC, START + 1, "back", 50.0))


def test_what_was_kept_goes_on():
    judges = Judges([RULE, OTHER], pending={1: {BTC: START, ETH: START}})
    assert judges.pending == {(1, BTC): START, (1, ETH): START}
    judges.step(scene(spread=20.0, depth=50.0), START + 0.5)
    fired = Judges([RULE, OTHER], judges_pending(judges), judges_firing(judges))
    assert fired.firing == judges.firing
    (entry,) = fired.step(scene(spread=20.0, depth=50.0), START + 1)
    assert entry.change == Fired(BTC, START + 1, START, 20.0)


def judges_pending(judges):
    return {number: {market: since} for (number, market), since in judges.pending.items()}


def judges_firing(judges):
    return {number: {market: kept} for (number, market), kept in judges.firing.items()}


def test_what_fires_ends_with_the_rule_as_it_was_and_all_else_goes_on():
    judges = Judges(RULES.values())
    judges.step(scene(spread=20.0, depth=50.0), START)
    changed = {1: replace(AT_ONCE, threshold=30.0, version=2), 2: OTHER, 3: replace(OFF, is_enabled=True)}
    assert [(each.key, each.version, each.change) for each in judges.follow(changed, START + 1)] == [
        ((1, BTC), 1, Resolved(BTC, START + 1, "rule changed", 20.0))
    ]
    assert [each.key for each in judges.step(scene(spread=20.0, depth=50.0), START + 1)] == [(3, BTC)]
    assert set(judges.firing) == {(2, BTC), (3, BTC)}


@pytest.mark.parametrize(
    ("rules", "because"),
    [
        ({}, "rule deleted"),
        ({2: replace(OTHER, is_enabled=False)}, "rule disabled"),
        ({2: replace(OTHER, advice="Look.")}, "rule changed"),
    ],
)
def test_why_an_alert_ends_is_what_became_of_its_rule(rules, because):
    judges = Judges([OTHER])
    judges.step(scene(spread=1.0, depth=50.0), START)
    (entry,) = judges.follow(rules, START)
    assert entry.change == Resolved(BTC, START, because, 50.0)

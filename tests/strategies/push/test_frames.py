"""What changed since it was last sent, and only that."""

import json

from halts.domain import HaltRecord, Halts
from strategies.convergence import LevelInForce
from strategies.push.frames import NOTHING_YET, Overview
from strategies.receipts import compare
from tests.factories import START
from tests.strategies.reports import receipt, report

HALT = HaltRecord(strategy_id="orderbook_skew", halted=True, reason="r", actor="a", at=START)


def level(*reports, now=START, hash="new"):
    rows = [compare(each, "orderbook_skew", None, hash, now) for each in reports]
    return LevelInForce(strategy_id="orderbook_skew", symbol=None, version=3, hash=hash, processes=rows)


def overview(*reports, now=START, halts=(), hash="new"):
    return Overview.of([level(*reports, now=now, hash=hash)], list(reports), Halts(halts), now)


def stated(now, before):
    return [json.loads(frame) for frame in now.frames_since(before)]


def test_everything_is_new_at_first_and_nothing_is_sent_twice():
    first = overview(report(receipt()))
    assert [frame["type"] for frame in stated(first, NOTHING_YET)] == ["applied", "process"]
    assert stated(overview(report(receipt())), first) == []


def test_a_level_reports_in_how_many_processes_it_is_in_force():
    reports = [report(receipt(hash=name), instance=f"{name}:1/0/1") for name in ("new", "old")]
    (frame,) = stated(overview(*reports), overview(*reports, hash="another"))
    assert (frame["applied"], len(frame["processes"]), frame["converged"]) == (1, 2, False)
    assert frame["slowest_lag_ms"] == 250


def test_silence_is_sent_although_nobody_announces_it():
    before = overview(report(receipt()))
    frames = stated(overview(report(receipt()), now=START + 4), before)
    assert [(f["type"], f.get("heard"), f.get("converged")) for f in frames] == [
        ("applied", None, False),
        ("process", False, None),
    ]


def test_a_level_that_is_gone_is_sent_once():
    before = overview(report(receipt()))
    now = Overview({}, before.processes, before.halts)
    assert stated(now, before) == [{"type": "level_left", "strategy_id": "orderbook_skew", "symbol": None}]
    assert stated(now, now) == []


def test_who_left_and_what_is_halted():
    before = overview(report(receipt()))
    now = Overview({}, {}, overview(report(receipt()), halts=[HALT]).halts)
    assert [frame["type"] for frame in stated(now, before)] == ["level_left", "process_left", "halts"]
    assert stated(now, before)[2]["halts"][0]["strategy_id"] == "orderbook_skew"


def test_a_snapshot_has_it_all():
    frame = json.loads(overview(report(receipt()), halts=[HALT]).snapshot())
    assert frame["type"] == "snapshot"
    assert [len(frame[name]) for name in ("levels", "processes", "halts")] == [1, 1, 1]

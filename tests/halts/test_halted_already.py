"""Halting what is halted: it lands, and what was known of it is kept: since when, by whom, why."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from configuration.ledger import Author
from configuration.models import Source
from halts import services
from halts.domain import HaltRecord, Scope, continued
from halts.models import HaltChange

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
SKEW = Scope("orderbook_skew")
HALT = "/strategies/orderbook_skew/halt"
MAY = ("view_strategyconfig", "halt_strategies", "resume_strategies")


def by(name: str, reason: str) -> Author:
    return Author(source=Source.API, name=name, reason=reason)


def in_force(scope: Scope = SKEW) -> HaltRecord:
    return services.in_force().records[scope]


def by_whom(*halts: HaltRecord) -> list[tuple[str, str]]:
    return [(halt.actor, halt.reason) for halt in halts]


def test_the_same_reason_changes_nothing_but_when_it_was_issued_last():
    first = services.halt(SKEW, author=by("rita", "odd books"))
    again = services.halt(SKEW, author=by("vic", "odd books"))
    assert by_whom(again) == by_whom(first) == [("rita", "odd books")]
    assert again.at > first.at
    assert again.began == first.began == first.at
    assert in_force() == again


def test_another_reason_replaces_the_one_that_held_and_since_when_is_kept():
    first = services.halt(SKEW, author=by("rita", "odd books"))
    services.halt(SKEW, author=by("rita", "odd books"))
    found = services.put_on_record(services.word(SKEW, halted=True, author=by("vic", "maintenance")))
    assert by_whom(found.record) == [("vic", "maintenance")]
    assert found.before
    assert by_whom(found.before) == [("rita", "odd books")]
    assert found.record.began == found.before.began == first.at
    services.halt(SKEW, author=by("rita", "maintenance"))
    assert by_whom(in_force()) == [("vic", "maintenance")]
    assert in_force().began == first.at


def test_a_resumption_ends_it_and_the_next_halt_begins_anew():
    first = services.halt(SKEW, author=by("rita", "odd books"))
    services.halt(SKEW, author=by("vic", "maintenance"))
    services.resume(SKEW, author=by("rita", "over"))
    found = services.put_on_record(services.word(SKEW, halted=True, author=by("vic", "odd books")))
    assert found.before is None
    assert found.record.began == found.record.at > first.at


def test_a_wider_or_narrower_halt_is_another_one():
    services.halt(Scope(), author=by("rita", "odd books"))
    word = services.word(SKEW, halted=True, author=by("vic", "odd books"))
    assert services.put_on_record(word).before is None


def test_what_was_issued_without_the_database_counts_as_issued():
    now = datetime.now(UTC).timestamp()
    early, late = (
        HaltRecord(halted=True, reason="r", actor=name, at=at)
        for name, at in [("a", now - 9), ("b", now - 5)]
    )
    assert services.adopt([late, early]) == 2
    assert by_whom(in_force(Scope())) == [("a", "r")]
    assert (in_force(Scope()).at, in_force(Scope()).began) == (
        pytest.approx(now - 5, abs=1e-3),
        pytest.approx(now - 9, abs=1e-3),
    )


def test_a_halt_that_repeats_another_is_not_lifted_by_what_was_issued_between():
    """The resumption comes late, and was issued before the repetition."""
    now = datetime.now(UTC).timestamp()
    issued = [HaltRecord(halted=at != 5, reason="r", actor="a", at=now - at) for at in (9, 1, 5)]
    services.adopt(issued[:2])
    services.adopt(issued[2:])
    assert Scope() in services.in_force().records


def test_since_when_is_never_later_than_the_halt():
    before, halt = (HaltRecord(halted=True, reason="r", actor="a", at=at) for at in (5.0, 9.0))
    assert continued(halt, before).began == 5.0
    assert continued(before, halt) == before
    assert continued(halt, None) == halt
    assert msgspec.structs.replace(halt, since=12.0).began == 9.0


def test_over_rest_it_is_never_refused_and_the_answer_states_what_it_found(desk: Any):
    who = desk(*MAY)
    first = who.post(HALT, {"reason": "odd books"})["data"]["halted_by"][0]
    again = who.post(HALT, {"reason": "odd books"})
    assert (who.status, again["metadata"]) == (200, {"action": "unchanged"})
    assert again["data"]["halted_by"][0] == {**first, "at": again["data"]["halted_by"][0]["at"]}
    changed = who.post(HALT, {"reason": "maintenance"})
    assert (who.status, changed["metadata"]["action"]) == (200, "halted")
    (replaced,) = changed["metadata"]["replaced"]
    assert (replaced["reason"], replaced["actor"], replaced["since"]) == ("odd books", "desk", first["since"])
    (now,) = changed["data"]["halted_by"]
    assert (now["reason"], now["since"]) == ("maintenance", first["since"])
    assert [change.reason for change in HaltChange.objects.of(SKEW)] == [
        "maintenance",
        "odd books",
        "odd books",
    ]


def test_of_several_symbols_those_that_change_nothing_are_named(desk: Any):
    who = desk(*MAY)
    who.post("/strategies/halt", {"symbols": ["BTCUSDT"], "reason": "why"})
    answer = who.post("/strategies/halt", {"symbols": ["BTCUSDT", "ETHUSDT"], "reason": "why"})
    assert answer["metadata"] == {"action": "halted", "unchanged": ["BTCUSDT"]}


def test_every_halt_that_holds_is_listed_for_those_who_may_halt_resume_or_see(desk: Any, caller: Any):
    services.halt(SKEW, author=by("rita", "odd books"))
    services.halt(Scope(), author=by("rita", "all of it"))
    listed = desk("halt_strategies").get("/halts")["data"]
    assert [(each["strategy_id"], each["reason"]) for each in listed] == [
        (None, "all of it"),
        ("orderbook_skew", "odd books"),
    ]
    nobody = caller(None)
    nobody.get("/halts")
    assert nobody.status == 401


def test_the_brake_of_orchestrators_replaces_no_reason_with_none(desk: Any):
    services.halt(SKEW, author=by("rita", "odd books"))
    orchestrator = desk("halt_strategies")
    pause = {"parameters": {"enabled": False}}
    answer = orchestrator.post("/strategies/orderbook_skew/config", pause)
    assert (orchestrator.status, answer["metadata"]["action"]) == (200, "halted")
    assert by_whom(in_force()) == [("rita", "odd books")]
    orchestrator.post("/strategies/orderbook_skew/config", {**pause, "reason": "fail safe"})
    assert by_whom(in_force()) == [("desk", "fail safe")]

"""The judge on made-up evidence; the torture itself is not run by the suite."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.torture.evidence import (
    Answer,
    AuditRow,
    Decision,
    Evidence,
    HaltRow,
    Heard,
    LevelRow,
    Outcome,
    Reading,
    Record,
    Scope,
    Torment,
    Write,
)
from tests.torture.judge import (
    BEHIND,
    BROKEN_PROMISE,
    DOUBLED,
    HALF,
    HALT_DOUBLED,
    HALT_LOST,
    KINDS,
    LOST,
    NOT_BACK,
    OVERLOOKED,
    RESUMPTION_LOST,
    judge,
)

SKEW, BTC = "orderbook_skew", "BTCUSDT"
ONE, OTHER = "strategies 0/2", "strategies 1/2"
BTC_HALTED = Scope("", BTC)


def decider(symbol: str) -> str:
    return ONE if symbol == BTC else OTHER


def answer(outcome: Outcome = Outcome.ACKNOWLEDGED, at: float = 100.0, **more: Any) -> Answer:
    return Answer(asked_at=at - 1, answered_at=at, outcome=outcome, outline="as it was", **more)


def write(outcome: Outcome = Outcome.ACKNOWLEDGED, **more: Any) -> Write:
    return Write(
        reason="first",
        strategy_id=SKEW,
        symbol=BTC,
        parameter="base_confidence",
        value=0.6,
        answer=answer(outcome, **more),
    )


def row(
    version: int = 1, reason: str = "first", old: float | None = None, new: float | None = 0.6
) -> AuditRow:
    before, after = ({"base_confidence": value} if value is not None else None for value in (old, new))
    return AuditRow(strategy_id=SKEW, symbol=BTC, version=version, reason=reason, old=before, new=after)


def level(version: int = 1, value: float = 0.6) -> LevelRow:
    return LevelRow(strategy_id=SKEW, symbol=BTC, version=version, parameters={"base_confidence": value})


def halt(
    at: float = 100.0, scope: Scope = BTC_HALTED, outcome: Outcome = Outcome.ACKNOWLEDGED, **more: Any
) -> Decision:
    return Decision(
        reason=f"halt {at:g}", scope=scope, halted=True, way="REST", answer=answer(outcome, at, **more)
    )


def resumption(at: float, scope: Scope = BTC_HALTED, *, is_changed: bool = True) -> Decision:
    return Decision(
        reason=f"resume {at:g}",
        scope=scope,
        halted=False,
        way="shell",
        answer=answer(at=at),
        is_changed=is_changed,
    )


def recorded(*decisions: Decision) -> list[HaltRow]:
    """Each put on record half a second before it was acknowledged."""
    return [
        HaltRow(
            scope=decision.scope,
            halted=decision.halted,
            reason=decision.reason,
            at=decision.answer.answered_at - 0.5,
        )
        for decision in decisions
    ]


def signal(decided_at: float, symbol: str = BTC, heard_after: float = 0.01) -> Heard:
    return Heard(SKEW, symbol, decided_at, decided_at + heard_after)


def frozen(began: float, ended: float, part: str = ONE) -> Torment:
    return Torment(part=part, kind="frozen", began=began, ended=ended)


def kinds(evidence: Evidence) -> list[str]:
    return [fault.kind for fault in judge(evidence, decider).faults]


def written(*writes: Write, audit: list[AuditRow], levels: list[LevelRow]) -> Evidence:
    return Evidence(writes=list(writes), record=Record(audit=audit, levels=levels))


def decided(*decisions: Decision, signals: list[Heard], torments: list[Torment] | None = None) -> Evidence:
    return Evidence(
        decisions=list(decisions),
        signals=signals,
        torments=torments or [],
        record=Record(halts=recorded(*decisions)),
    )


# -- Writes ------------------------------------------------------------------------------------


def test_nothing_at_all_is_no_fault_and_every_kind_is_counted():
    verdict = judge(Evidence(), decider)
    assert verdict.counts() == dict.fromkeys(KINDS, 0)


def test_an_acknowledged_write_on_record_once_is_no_fault():
    assert kinds(written(write(), audit=[row()], levels=[level()])) == []


def test_an_acknowledged_write_that_is_not_on_record_is_lost():
    assert kinds(written(write(), audit=[], levels=[])) == [LOST]


@pytest.mark.parametrize("outcome", Outcome)
def test_a_reason_that_stands_twice_in_the_trail_is_doubled_whatever_was_answered(outcome: Outcome):
    audit = [row(), row(2, old=0.6)]
    assert kinds(written(write(outcome), audit=audit, levels=[level(2)])) == [DOUBLED]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNANSWERED])
def test_what_was_not_acknowledged_may_be_done_or_not_and_is_counted_where_it_is(outcome: Outcome):
    done = judge(written(write(outcome), audit=[row()], levels=[level()]), decider)
    assert (done.faults, done.unknown_on_record) == ([], 1)
    undone = judge(written(write(outcome), audit=[], levels=[]), decider)
    assert (undone.faults, undone.unknown_on_record) == ([], 0)


def test_what_is_done_although_nothing_was_to_be_changed_breaks_a_promise():
    refused = write(Outcome.REFUSED, promised_nothing=True)
    verdict = judge(written(refused, audit=[row()], levels=[level()]), decider)
    assert [fault.kind for fault in verdict.faults] == [BROKEN_PROMISE]
    assert verdict.unknown_on_record == 0
    assert kinds(written(refused, audit=[], levels=[])) == []


@pytest.mark.parametrize(
    ("audit", "levels"),
    [
        pytest.param([row()], [], id="a row of the trail without its level"),
        pytest.param([], [level()], id="a level without its trail"),
        pytest.param([row()], [level(2)], id="a level at another version"),
        pytest.param([row()], [level(value=0.7)], id="a level with other values"),
        pytest.param([row(), row(3, "second", 0.6, 0.7)], [level(3, 0.7)], id="a version left out"),
        pytest.param([row(2)], [level(2)], id="the first version missing"),
        pytest.param(
            [row(), row(2, "second", 0.5, 0.7)], [level(2, 0.7)], id="a row that follows another one"
        ),
        pytest.param([row(), row(2, "second", 0.6, None)], [level(2)], id="a level that was deleted"),
        pytest.param([row(old=0.5)], [level()], id="a first version that follows something"),
    ],
)
def test_what_does_not_follow_from_the_trail_is_half_there(audit: list[AuditRow], levels: list[LevelRow]):
    assert kinds(written(audit=audit, levels=levels)) == [HALF]


def test_a_level_that_was_deleted_and_written_again_is_whole():
    audit = [row(), row(2, "second", 0.6, None), row(3, "third", None, 0.7)]
    assert kinds(written(audit=audit, levels=[level(3, 0.7)])) == []


def test_a_row_with_another_value_than_was_acknowledged_is_half_there():
    assert kinds(written(write(), audit=[row(new=0.7)], levels=[level(value=0.7)])) == [HALF]


def test_a_trail_that_does_not_hold_what_its_reader_was_acknowledged_is_behind():
    reading = Reading(strategy_id=SKEW, symbol=BTC, at_least=2, newest=1, answered_at=100.0)
    assert kinds(Evidence(readings=[reading])) == [BEHIND]
    assert kinds(Evidence(readings=[replace(reading, newest=3)])) == []


# -- Halts on record ---------------------------------------------------------------------------


def test_an_acknowledged_halt_is_on_record_exactly_once():
    once, twice = recorded(halt()), recorded(halt(), halt())
    assert kinds(Evidence(decisions=[halt()], record=Record(halts=once))) == []
    assert kinds(Evidence(decisions=[halt()])) == [HALT_LOST]
    assert kinds(Evidence(decisions=[halt()], record=Record(halts=twice))) == [HALT_DOUBLED]


def test_a_resumption_is_on_record_too_unless_there_was_nothing_to_resume():
    assert kinds(Evidence(decisions=[resumption(100)])) == [RESUMPTION_LOST]
    assert kinds(Evidence(decisions=[resumption(100, is_changed=False)])) == []


def test_a_halt_that_was_refused_may_be_on_record_unless_nothing_was_to_be_changed():
    refused, denied = (
        halt(outcome=Outcome.REFUSED, promised_nothing=promised_nothing) for promised_nothing in (False, True)
    )
    verdict = judge(decided(refused, signals=[]), decider)
    assert (verdict.faults, verdict.unknown_on_record) == ([], 1)
    assert kinds(decided(denied, signals=[])) == [BROKEN_PROMISE]


# -- Halts acknowledged ------------------------------------------------------------------------------


def test_signals_that_go_on_after_three_seconds_are_one_halt_overlooked():
    assert kinds(decided(halt(), signals=[signal(103.1), signal(104)])) == [OVERLOOKED]


def test_there_are_three_seconds_to_hear_of_a_halt():
    assert kinds(decided(halt(), signals=[signal(99), signal(103)])) == []


def test_what_was_decided_in_time_may_be_heard_late():
    assert kinds(decided(halt(), signals=[signal(102, heard_after=30)])) == []


@pytest.mark.parametrize(
    ("scope", "is_covered"),
    [
        (Scope("", ""), True),
        (Scope(SKEW, ""), True),
        (Scope("", BTC), True),
        (Scope(SKEW, BTC), True),
        (Scope("trade_momentum", BTC), False),
        (Scope(SKEW, "ETHUSDT"), False),
    ],
)
def test_only_signals_of_the_scope_count(scope: Scope, is_covered: bool):
    assert kinds(decided(halt(scope=scope), signals=[signal(110)])) == [OVERLOOKED] * is_covered


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNANSWERED])
def test_only_a_halt_that_was_acknowledged_has_to_be_acknowledged(outcome: Outcome):
    assert kinds(decided(halt(outcome=outcome), signals=[signal(110)])) == []


def test_a_halt_holds_until_somebody_asks_to_resume_its_scope():
    given = [halt(), resumption(121)]  # asked at 120
    assert kinds(decided(*given, signals=[signal(120.1), signal(130)])) == []
    assert kinds(decided(*given, signals=[signal(119.9)])) == [OVERLOOKED]


def test_resuming_another_scope_lifts_nothing():
    given = [halt(), resumption(110, Scope(SKEW, BTC)), resumption(111, Scope("", ""))]
    assert kinds(decided(*given, signals=[signal(115)])) == [OVERLOOKED]


def test_a_resumption_asked_for_before_lifts_the_halt_when_it_comes_into_force():
    earlier = Decision(
        reason="late resumption",
        scope=BTC_HALTED,
        halted=False,
        way="REST",
        answer=Answer(asked_at=90, answered_at=98, outcome=Outcome.UNANSWERED, outline="ReadTimeout"),
    )
    evidence = decided(halt(), signals=[signal(111)])
    evidence.decisions.insert(0, earlier)
    in_force = HaltRow(scope=BTC_HALTED, halted=False, reason=earlier.reason, at=110.0)
    evidence.record = Record(halts=[*evidence.record.halts, in_force])
    assert kinds(evidence) == []
    evidence.signals = [signal(109)]
    assert kinds(evidence) == [OVERLOOKED]


def test_halted_again_it_has_to_be_acknowledged_again():
    given = [halt(100), resumption(110), halt(120)]
    assert kinds(decided(*given, signals=[signal(115), signal(124)])) == [OVERLOOKED]


def test_a_process_that_was_frozen_has_three_seconds_from_when_it_is_continued():
    evidence = decided(halt(), signals=[signal(109)], torments=[frozen(101, 107)])
    assert kinds(evidence) == []
    evidence.signals.append(signal(110.1))
    assert kinds(evidence) == [OVERLOOKED]


def test_what_was_frozen_before_the_halt_and_continued_after_it_counts_too():
    assert kinds(decided(halt(), signals=[signal(106)], torments=[frozen(95, 104)])) == []


def test_a_process_frozen_again_before_it_could_hear_has_its_time_anew():
    torments = [frozen(101, 105), frozen(107, 112)]
    assert kinds(decided(halt(), signals=[signal(114)], torments=torments)) == []


@pytest.mark.parametrize(
    "torment",
    [
        pytest.param(frozen(104, 109), id="frozen after it had its time"),
        pytest.param(frozen(90, 99.9), id="frozen and continued before"),
        pytest.param(frozen(99, 109, OTHER), id="another process frozen"),
        pytest.param(frozen(99, 109, "postgresql"), id="the database frozen"),
        pytest.param(Torment(part=ONE, kind="killed", began=99, ended=109), id="killed and started again"),
    ],
)
def test_nothing_else_excuses(torment: Torment):
    assert kinds(decided(halt(), signals=[signal(109.5)], torments=[torment])) == [OVERLOOKED]


def test_an_overlooked_halt_names_what_was_going_on():
    (fault,) = judge(decided(halt(), signals=[signal(109.5)], torments=[frozen(104, 109)]), decider).faults
    assert "1 signals of it, decided 9.5 to 9.5 s after" in fault.text
    assert "by strategies 0/2; meanwhile: strategies 0/2 frozen for 5.0 s from +4.0" in fault.text


def test_what_is_not_back_is_a_fault():
    assert kinds(Evidence(not_back=["web 1: ConnectError"])) == [NOT_BACK]

"""The judge: evidence in, faults out.

Writes. One that was acknowledged stands in the audit trail exactly once. Whatever stands there stands whole: the
versions of a level follow each other, each row begins with what the one before left, and the level holds what its
last row says. An answer that promised that nothing was changed was true. What was refused or not answered in any
other way may have been done or not; how much of it was done is counted, and no fault.

Halts. One that was acknowledged (200, 202, exit code 0 of the shell) is on record exactly once when all is back, and
is applied: no signal of its scope is decided later than `HEARD_WITHIN_SECONDS` after the acknowledgement and before
somebody asks to resume the scope, or a resumption of it that had been asked for before comes into force. When a
signal was decided is what its own timestamp says, whenever it came: what a frozen process or a frozen NATS held back
counts by the moment it was decided. The time to hear is time in which the deciding process runs: where it was frozen
before it could hear, the time begins anew when it is continued. Nothing else excuses: neither a database nor a NATS
that was away, nor that the process was killed and started again.

Signals that NATS itself lost, being killed, are not heard by the judge either: what is found is a lower bound.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from tests.torture.evidence import AuditRow, Decision, Evidence, HaltRow, Heard, Outcome, Torment, Write

HEARD_WITHIN_SECONDS = 3.0
LOST = "acknowledged writes lost"
DOUBLED = "writes doubled"
HALF = "half there"
BEHIND = "audit read behind an acknowledged write"
BROKEN_PROMISE = "on record although nothing was to be changed"
OVERLOOKED = "halts overlooked"
HALT_LOST = "acknowledged halts not on record"
HALT_DOUBLED = "halts on record more than once"
RESUMPTION_LOST = "acknowledged resumptions not on record"
RESUMPTION_DOUBLED = "resumptions on record more than once"
NOT_BACK = "not back in time"
KINDS = (
    *(LOST, DOUBLED, HALF, BEHIND, BROKEN_PROMISE),
    *(OVERLOOKED, HALT_LOST, HALT_DOUBLED, RESUMPTION_LOST, RESUMPTION_DOUBLED, NOT_BACK),
)
Row = TypeVar("Row", AuditRow, HaltRow)


class Fault(NamedTuple):
    """One of KINDS, and what is needed to look into it."""

    kind: str
    text: str


class Verdict(NamedTuple):
    """`unknown_on_record`: of what was neither acknowledged nor denied, how much was done after all."""

    faults: list[Fault]
    unknown_on_record: int

    def counts(self) -> dict[str, int]:
        """Faults by kind, those that did not happen included."""
        found = Counter(fault.kind for fault in self.faults)
        return {kind: found[kind] for kind in KINDS}


def judge(evidence: Evidence, decider: Callable[[str], str]) -> Verdict:
    """All faults. `decider` names the part that decides about a symbol, as the torments name it."""
    audit, halts = by_reason(evidence.record.audit), by_reason(evidence.record.halts)
    faults = [
        *judge_writes(evidence.writes, audit),
        *judge_levels(evidence),
        *judge_readings(evidence),
        *judge_decisions(evidence.decisions, halts),
        *judge_obedience(evidence, decider),
        *(Fault(NOT_BACK, what) for what in evidence.not_back),
    ]
    unknown = [ask for ask in evidence.writes if is_unknown(ask) and ask.reason in audit]
    undecided = [ask for ask in evidence.decisions if is_unknown(ask) and ask.reason in halts]
    return Verdict(faults, len(unknown) + len(undecided))


def by_reason(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.reason].append(row)
    return dict(found)


def is_unknown(ask: Write | Decision) -> bool:
    """Was it left open whether it was done?"""
    return ask.answer.outcome is not Outcome.ACKNOWLEDGED and not ask.answer.promised_nothing


# -- Writes ------------------------------------------------------------------------------------


def judge_writes(writes: Iterable[Write], audit: dict[str, list[AuditRow]]) -> Iterator[Fault]:
    for write in writes:
        rows = audit.get(write.reason, [])
        if write.answer.outcome is Outcome.ACKNOWLEDGED and not rows:
            yield Fault(LOST, described(write))
        if len(rows) > 1:
            yield Fault(DOUBLED, f"{described(write)}; versions {[row.version for row in rows]}")
        if write.answer.promised_nothing and rows:
            yield Fault(BROKEN_PROMISE, f"{described(write)}; version {rows[0].version}")
        for row in rows:
            if (row.new or {}).get(write.parameter) != write.value:
                yield Fault(HALF, f"{described(write)}; version {row.version} holds {row.new}")


def judge_levels(evidence: Evidence) -> Iterator[Fault]:
    """Does every level hold what its history leads to?"""
    histories: dict[tuple[str, str], list[AuditRow]] = defaultdict(list)
    for row in evidence.record.audit:
        histories[row.strategy_id, row.symbol].append(row)
    now = {(row.strategy_id, row.symbol): (row.version, row.parameters) for row in evidence.record.levels}
    for level in sorted({*histories, *now}):
        history = sorted(histories[level], key=lambda row: row.version)
        for problem in (*gaps(history), *against_history(now.get(level), history)):
            yield Fault(HALF, f"{level[0]} on {level[1] or 'all symbols'}: {problem}")


def gaps(history: list[AuditRow]) -> Iterator[str]:
    """What does not follow in the history of one level, which is in order of its versions."""
    versions = [row.version for row in history]
    if versions != list(range(1, len(versions) + 1)):
        yield f"versions are not consecutive: {versions}"
    if history and history[0].old is not None:
        yield f"version {history[0].version} does not begin with nothing"
    for before, after in pairwise(history):
        if after.old != before.new:
            yield f"version {after.version} does not begin with what version {before.version} left"


def against_history(now: tuple[int, dict[str, Any]] | None, history: list[AuditRow]) -> Iterator[str]:
    last = history[-1] if history else None
    expected = None if last is None or last.new is None else (last.version, last.new)
    if now != expected:
        yield f"the level holds {now}, its history leads to {expected}"


def judge_readings(evidence: Evidence) -> Iterator[Fault]:
    for reading in evidence.readings:
        if reading.newest < reading.at_least:
            level = f"{reading.strategy_id} on {reading.symbol or 'all symbols'}"
            text = (
                f"{level}: {reading.newest} read, {reading.at_least} acknowledged, {reading.answered_at:.3f}"
            )
            yield Fault(BEHIND, text)


# -- Halts -------------------------------------------------------------------------------------


def judge_decisions(decisions: Iterable[Decision], halts: dict[str, list[HaltRow]]) -> Iterator[Fault]:
    for decision in decisions:
        rows = halts.get(decision.reason, [])
        lost, doubled = (
            (HALT_LOST, HALT_DOUBLED) if decision.halted else (RESUMPTION_LOST, RESUMPTION_DOUBLED)
        )
        if decision.answer.outcome is Outcome.ACKNOWLEDGED and decision.is_changed and not rows:
            yield Fault(lost, described(decision))
        if len(rows) > 1:
            yield Fault(doubled, f"{described(decision)}; at {[row.at for row in rows]}")
        if decision.answer.promised_nothing and rows:
            yield Fault(BROKEN_PROMISE, f"{described(decision)}; at {rows[0].at}")


def judge_obedience(evidence: Evidence, decider: Callable[[str], str]) -> Iterator[Fault]:
    """One fault for each halt that was acknowledged and of whose scope signals went on."""
    freezes: dict[str, list[Torment]] = defaultdict(list)
    for torment in evidence.torments:
        if torment.kind == "frozen":
            freezes[torment.part].append(torment)
    for halt in evidence.decisions:
        if halt.halted and halt.answer.outcome is Outcome.ACKNOWLEDGED:
            until = in_force_until(halt, evidence)
            late = [
                signal
                for signal in evidence.signals
                if signal.decided_at < until
                and halt.scope.covers(signal.strategy_id, signal.symbol)
                and signal.decided_at > must_have_heard(halt, freezes[decider(signal.symbol)])
            ]
            if late:
                yield Fault(OVERLOOKED, overlooked(halt, late, until, evidence.torments, decider))


def must_have_heard(halt: Decision, freezes: list[Torment]) -> float:
    """When the process with these freezes, which are in order of time, has had its seconds to hear of it."""
    begins = halt.answer.answered_at
    for freeze in freezes:
        if freeze.began < begins + HEARD_WITHIN_SECONDS and freeze.ended > begins:
            begins = freeze.ended
    return begins + HEARD_WITHIN_SECONDS


def in_force_until(halt: Decision, evidence: Evidence) -> float:
    """Until somebody asks to resume the scope, or an earlier request to do so comes into force."""
    issued_at = min(
        (row.at for row in evidence.record.halts if row.reason == halt.reason), default=halt.answer.asked_at
    )
    asked = (
        decision.answer.asked_at
        for decision in evidence.decisions
        if not decision.halted
        and decision.scope == halt.scope
        and decision.answer.asked_at > halt.answer.asked_at
    )
    recorded = (
        row.at
        for row in evidence.record.halts
        if not row.halted and row.scope == halt.scope and row.at > issued_at
    )
    return min((*asked, *recorded), default=float("inf"))


def overlooked(
    halt: Decision,
    late: list[Heard],
    until: float,
    torments: list[Torment],
    decider: Callable[[str], str],
) -> str:
    first, last = min(late, key=lambda signal: signal.decided_at), max(signal.decided_at for signal in late)
    acknowledged = halt.answer.answered_at
    around = [
        f"{torment} from {torment.began - acknowledged:+.1f}"
        for torment in torments
        if torment.began < last and torment.ended > halt.answer.asked_at
    ]
    resumed = "never resumed" if until == float("inf") else f"resumed {until - acknowledged:.1f} s after"
    return (
        f"{described(halt)}; {len(late)} signals of it, decided {first.decided_at - acknowledged:.1f} to "
        f"{last - acknowledged:.1f} s after ({resumed}), the first of "
        f"{first.strategy_id} on {first.symbol} by {decider(first.symbol)}; "
        f"meanwhile: {', '.join(around) or 'nothing'}"
    )


def described(ask: Write | Decision) -> str:
    """Who asked for what, when, and what was answered."""
    if isinstance(ask, Write):
        what = f"{ask.strategy_id} on {ask.symbol or 'all symbols'} {ask.parameter}={ask.value}"
    else:
        what = f"{'halt' if ask.halted else 'resume'} {ask.scope} by {ask.way}"
    answer = ask.answer
    return f"{ask.reason}: {what}, asked {answer.asked_at:.3f}, {answer.outline} after {answer.seconds:.3f} s"

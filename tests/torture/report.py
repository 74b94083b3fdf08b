"""What a run did and found, as tables for a terminal."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.torture.evidence import Decision, Evidence, Outcome, Torment, Write
from tests.torture.judge import Verdict


def show(console: Console, evidence: Evidence, verdict: Verdict) -> None:
    console.print(asked(evidence, verdict))
    console.print(answers(evidence))
    console.print(torments(evidence.torments))
    console.print(faults(verdict))


def asked(evidence: Evidence, verdict: Verdict) -> Table:
    """What was asked for, and how it was answered."""
    table = Table("", "asked", *Outcome, "median", "most", title="Asked")
    kinds: dict[str, list[Write] | list[Decision]] = {"writes": evidence.writes}
    for name, halted in (("halted", True), ("resumed", False)):
        for way in ("REST", "shell"):
            kinds[f"{name}, {way}"] = [
                decision
                for decision in evidence.decisions
                if decision.halted == halted and decision.way == way
            ]
    for name, asks in kinds.items():
        table.add_row(name, *row_of(asks))
    table.caption = (
        "Median and most: seconds until it was acknowledged.\n"
        f"{len(evidence.readings):,} readings of the audit trail, {len(evidence.signals):,} signals heard.\n"
        f"Of what was not acknowledged, {verdict.unknown_on_record:,} are on record: unknown outcomes."
    )
    return table


def row_of(asks: Sequence[Write | Decision]) -> list[str]:
    counts = Counter(ask.answer.outcome for ask in asks)
    took = [ask.answer.seconds for ask in asks if ask.answer.outcome is Outcome.ACKNOWLEDGED] or [0.0]
    numbers = [f"{counts[outcome]:,}" for outcome in Outcome]
    return [f"{len(asks):,}", *numbers, f"{median(took):.1f}", f"{max(took):.1f}"]


def answers(evidence: Evidence) -> Table:
    """Every kind of answer, the most frequent first."""
    outline = Counter(write.answer.outline for write in evidence.writes)
    decided = Counter(f"{decision.way}: {decision.answer.outline}" for decision in evidence.decisions)
    table = Table("answer", "times", title="Answers")
    for name, count in [*outline.most_common(), *decided.most_common()]:
        table.add_row(name, f"{count:,}")
    return table


def torments(done: list[Torment]) -> Table:
    table = Table("part", "killed", "frozen", "frozen, s", "ended by itself", title="Torments")
    by_part: dict[str, list[Torment]] = defaultdict(list)
    for torment in done:
        by_part[torment.part].append(torment)
    for part in sorted(by_part):
        kinds = Counter(torment.kind for torment in by_part[part])
        frozen = sum(torment.ended - torment.began for torment in by_part[part] if torment.kind == "frozen")
        by_itself = sum(count for kind, count in kinds.items() if kind.startswith("ended"))
        table.add_row(part, str(kinds["killed"]), str(kinds["frozen"]), f"{frozen:.0f}", str(by_itself))
    return table


def faults(verdict: Verdict) -> Table:
    table = Table("fault", "times", title="Faults")
    for kind, count in verdict.counts().items():
        table.add_row(kind, f"[red]{count}[/red]" if count else "0")
    return table

"""An answer for a terminal."""

from collections.abc import Iterable
from datetime import UTC, datetime

from strategies.domain.outcomes import SPANS
from what_if.domain.answer import MOST_ROWS, Answer, Progress, Refusal, Swept
from what_if.domain.comparison import Pair, Tally

SHOWN = 20
"""Signals that differ, of those that are printed."""
HEAD = f"{'':>12}{'signals':>9}{'buys':>7}{'sells':>7}{'halted':>8}" + "".join(
    f"{'bps ' + span:>10}" for span in SPANS
)


def printed(line: Answer | Swept | Progress | Refusal) -> str:
    """In lines of text, with figures below each other."""
    if isinstance(line, Answer):
        return "\n".join(_answer(line))
    if isinstance(line, Swept):
        return "\n".join(_swept(line))
    return ""


def _answer(answer: Answer) -> Iterable[str]:
    found = answer.compared
    yield from _title(answer)
    yield HEAD
    for name in ("in_force", "proposed", "stays", "gone", "new"):
        yield _row(name.replace("_", " "), getattr(found, name))
    differ = [pair for pair in found.signals if pair.kind != "kept"]
    yield from ("", *map(_pair, differ[:SHOWN]))
    more = sum(count for kind, count in found.kinds.items() if kind != "kept") - len(differ[:SHOWN])
    if more:
        yield f"… and {more:,} more that differ; --json has up to {MOST_ROWS} signals."


def _swept(swept: Swept) -> Iterable[str]:
    yield from _title(swept)
    yield HEAD
    yield _row("in force", swept.in_force)
    for step in swept.steps:
        yield _row(str(step.value), step.signals)


def _title(line: Answer | Swept) -> Iterable[str]:
    begin, end = (datetime.fromtimestamp(at, UTC) for at in (line.since, line.until))
    yield (
        f"{line.strategy_id} on {line.symbol or 'all symbols'}, {begin:%Y-%m-%d %H:%M:%S} to {end:%H:%M:%S} UTC, "
        f"{line.messages:,} messages"
    )
    yield from line.notes
    if line.agreement:
        yield line.agreement.sentence
    yield ""


def _row(name: str, tally: Tally) -> str:
    means = "".join(
        f"{'–' if (mean := tally.mean_bps[span]) is None else format(mean, '+.2f'):>10}" for span in SPANS
    )
    return f"{name:>12}{tally.signals:>9,}{tally.buys:>7,}{tally.sells:>7,}{tally.halted:>8,}{means}"


def _pair(pair: Pair) -> str:
    one = pair.either
    at = datetime.fromtimestamp(pair.at, UTC)
    return f"{pair.kind:>8}  {at:%H:%M:%S.%f}  {one.symbol:<12} {one.action:<4}  {one.rationale}"

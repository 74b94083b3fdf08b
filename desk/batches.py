"""Taking back at one stroke what was changed at one stroke."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from configuration import batches, reading
from configuration.batches import BatchChange
from configuration.domain.effective import LevelAddress, StrategyLevels
from configuration.domain.validation import Verdict
from configuration.exceptions import BatchChanged, RollbackFailed, StrategyNotFound
from configuration.known_symbols import unknown_among
from desk.changes import ChangeEntry, entries
from desk.differences import EffectiveDifference, effective_differences
from desk.pages import demand, page, render
from desk.writing import author_of, reason_field, reason_in, unanswered

Refusal = BatchChanged | RollbackFailed | StrategyNotFound


@dataclass(frozen=True, slots=True)
class Row:
    """One change of the batch, and what reverting would do to the values in force; None where it cannot be done."""

    entry: ChangeEntry
    part: BatchChange
    restored: list[EffectiveDifference] | None


@page
def revert(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Show what was changed, what every level would hold again, and what stands against that; do it once a reason is
    given. Who has reverted it already stands in place of the question."""
    changes = batches.changes_in(batch)
    if request.method != "POST":
        return ask(request, changes)
    for permission in needed(changes):
        demand(request.user, permission)
    reason = reason_in(request)
    unknown = unanswered(request.POST, strangers(changes))
    if unknown or not reason:
        return ask(request, changes, unknown=unknown, reason_missing=not reason)
    try:
        batches.take_back(batch, author=author_of(request, reason))
    except (BatchChanged, RollbackFailed, StrategyNotFound) as refusal:
        return ask(request, batches.changes_in(batch), status=refusal.status)
    messages.success(request, f"Reverted: {len(changes)} levels hold again what they held before.")
    return redirect("tuning:history")


def needed(changes: list[BatchChange]) -> set[str]:
    """All the permissions that reverting takes."""
    return {each.permission for each in changes}


def strangers(changes: list[BatchChange]) -> dict[str, list[str]]:
    """The symbols that would get values again although nobody has heard of them. None is meant instead of another."""
    restored = [each.change.symbol for each in changes if each.change.symbol and each.change.old_parameters]
    return {symbol: [] for symbol in unknown_among(restored)}


def ask(
    request: HttpRequest,
    changes: list[BatchChange],
    *,
    unknown: Mapping[str, list[str]] | None = None,
    reason_missing: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page with every level and, to whom may revert them while that is possible, the question why."""
    end = batches.end_of(changes)
    may_revert = end is None and all(map(request.user.has_perm, needed(changes)))
    verdicts: Mapping[LevelAddress, Verdict] = {}
    refusal: Refusal | None = None
    if may_revert:
        try:
            verdicts = batches.check(changes)
        except (BatchChanged, RollbackFailed, StrategyNotFound) as found:
            refusal = found
    count = len(changes)
    return render(
        request,
        "desk/batch.html",
        f"Revert {count} changes" if may_revert else f"{count} changes made at one stroke",
        status=400 if reason_missing else 409 if unknown else status,
        rows=rows_of(changes, verdicts),
        first=changes[0].change,
        end=end,
        may_revert=may_revert,
        can_write=may_revert and refusal is None,
        objection=f"{refusal}." if refusal else "",
        problems=refusal.problems if isinstance(refusal, RollbackFailed) else (),
        unknown=unknown or {},
        **reason_field(reason_in(request, suggested="Taken back together"), missing=reason_missing),
    )


def rows_of(changes: list[BatchChange], verdicts: Mapping[LevelAddress, Verdict]) -> list[Row]:
    present = {strategy_id: reading.strategy(strategy_id) for strategy_id in {name for name, _ in verdicts}}
    restored = {
        (strategy_id, symbol): restored_by(verdict, present[strategy_id], symbol)
        for (strategy_id, symbol), verdict in verdicts.items()
    }
    rows = entries(each.change for each in changes)
    return [Row(entry, part, restored.get(part.level)) for entry, part in zip(rows, changes, strict=True)]


def restored_by(verdict: Verdict, levels: StrategyLevels, symbol: str | None) -> list[EffectiveDifference]:
    """What a level's values in force would become."""
    after = levels.config(symbol, verdict.resolution)
    return effective_differences(levels.spec, levels.config(symbol), after)

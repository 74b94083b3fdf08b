"""Taking a change back, or restoring what a level held at an earlier version."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from configuration import reading, services
from configuration.admin.access import demand, may_remove, may_write
from configuration.admin.changes import Entry, all_changes, entries
from configuration.admin.differences import outlook
from configuration.admin.pages import level_name, level_url, page, removal_url, render
from configuration.admin.writing import (
    REASON_LENGTH,
    REASON_MISSING,
    author_of,
    number_in,
    own_version,
    reason_in,
    unchanged,
)
from configuration.domain.effective import StrategyLevels
from configuration.domain.problems import Problem
from configuration.exceptions import RollbackFailed
from configuration.models import Action, Change, StrategyConfig


@page
def revert(request: HttpRequest, change_id: int) -> HttpResponse:
    """Show what going back would do; do it once a reason is given.

    The newest change of a level is taken back; an older one is restored.
    """
    change = all_changes().filter(history_id=change_id).first()
    if change is None:
        raise Http404
    levels, symbol = reading.strategy(change.strategy_id), change.symbol or None
    is_newest = not StrategyConfig.history.of_level(change.strategy_id, change.symbol).filter(
        version__gt=change.version
    )
    target = target_of(change, levels, is_newest=is_newest)
    if target is None:  # nothing was ever set before this change
        return redirect(removal_url(change.strategy_id, symbol))
    demand(may_restore(request, levels, target))
    entry = entries([target])[0]
    if request.method != "POST":
        reason = f"Take back version {change.version}" if is_newest else f"Restore version {target.version}"
        return confirm(request, levels, entry, reason=reason)
    reason = reason_in(request)
    if not reason:
        return confirm(request, levels, entry, reason="", reason_error=REASON_MISSING)
    try:
        with unchanged(change.strategy_id, {symbol: number_in(request, "_opened")}):
            written = services.roll_back(
                change.strategy_id,
                symbol,
                author=author_of(request, reason),
                change_id=str(target.history_id),
            )
    except RollbackFailed as refusal:
        return confirm(
            request, levels, entry, reason=reason, objection=str(refusal), problems=refusal.problems
        )
    messages.success(
        request,
        f"{levels.spec.name} for {level_name(symbol)} is back at version {target.version}, "
        f"kept as version {written.change.version}.",
    )
    return redirect("tuning:strategy", change.strategy_id)


def target_of(change: Change, levels: StrategyLevels, *, is_newest: bool) -> Change | None:
    """The change whose contents come back; None when the first one is to be taken back."""
    if not is_newest:
        return change
    symbol = change.symbol or None
    try:
        return services.rollback_target(change.strategy_id, symbol)
    except RollbackFailed:
        if levels.own(symbol) is None:
            raise
        return None


def may_restore(request: HttpRequest, levels: StrategyLevels, target: Change) -> bool:
    if target.action is Action.DELETE:
        return may_remove(request.user)
    return may_write(request.user, levels, target.symbol or None)


def confirm(
    request: HttpRequest,
    levels: StrategyLevels,
    entry: Entry,
    *,
    reason: str,
    objection: str = "",
    problems: tuple[Problem, ...] = (),
    reason_error: str = "",
) -> HttpResponse:
    spec, symbol = levels.spec, entry.symbol
    preview = services.preview_rollback(spec.strategy_id, symbol, entry.change)
    return render(
        request,
        "configuration/reverting.html",
        f"Revert {spec.name} · {level_name(symbol)}",
        status=409 if objection else 400 if reason_error else 200,
        spec=spec,
        symbol=symbol,
        level_name=level_name(symbol),
        target=entry,
        opened=own_version(levels, symbol),
        outlook=outlook(spec, preview),
        objection=objection,
        problems=problems or preview.problems,
        reason=reason,
        reason_error=reason_error,
        reason_length=REASON_LENGTH,
        level_url=level_url(spec.strategy_id, symbol),
    )

"""Taking a change back, or restoring what a level held at an earlier version."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from configuration import batches, reading, services
from configuration.domain.effective import ConfigLevel, StrategyLevels
from configuration.exceptions import RollbackFailed
from configuration.models import Change, ChangeAction, StrategyConfig
from configuration.permissions import ADD, CHANGE, DELETE, to_set
from configuration.querysets import ChangeQuerySet
from configuration.services import Author
from desk.changes import all_changes
from desk.pages import demand, level_name, page
from desk.proposals import Proposal, confirm


@page
def revert(request: HttpRequest, change_id: int) -> HttpResponse:
    """Show what going back would do; do it once a reason is given.

    The newest change of a level is taken back; an older one is restored.
    """
    change = all_changes().filter(history_id=change_id).first()
    if change is None:
        raise Http404("There is no such change.")
    levels, symbol = reading.strategy(change.strategy_id), change.symbol or None
    is_newest = not StrategyConfig.history.of_level(change.strategy_id, change.symbol).filter(
        version__gt=change.version
    )
    target = target_of(change, levels, is_newest=is_newest)
    demand(request.user, to_restore(levels.own(symbol), target))
    return confirm(request, going_back(change, levels, target, is_newest=is_newest))


def target_of(change: Change, levels: StrategyLevels, *, is_newest: bool) -> Change | None:
    """The change whose contents come back; None where nothing was ever set before."""
    if not is_newest:
        return change
    symbol = change.symbol or None
    try:
        return services.rollback_target(change.strategy_id, symbol)
    except RollbackFailed:
        if levels.own(symbol) is None:
            raise
        return None


def to_restore(own: ConfigLevel | None, target: Change | None) -> str:
    """What it takes: going back to nothing is removing."""
    return DELETE if target is None or target.action is ChangeAction.DELETE else to_set(own)


def with_ways_back(changes: ChangeQuerySet) -> ChangeQuerySet:
    """Each change with what `to_go_back` asks of it, and how its batch ended (`batches.with_ends`)."""
    present = StrategyConfig.objects.filter(strategy_id=OuterRef("strategy_id"), symbol=OuterRef("symbol"))
    return batches.with_ends(changes.with_successors().annotate(is_set=Exists(present)))


def to_go_back(change: Any) -> str:
    """What `revert` will ask for, known from the row alone; it comes from `with_ways_back`."""
    if not change.is_superseded:
        return batches.TO_TAKE_BACK[change.action]
    if change.action is ChangeAction.DELETE:
        return DELETE
    return CHANGE if change.is_set else ADD


def going_back(change: Change, levels: StrategyLevels, target: Change | None, *, is_newest: bool) -> Proposal:
    spec, symbol = levels.spec, change.symbol or None
    strategy_id = spec.strategy_id
    if is_newest or target is None:
        reason = f"Take back version {change.version}"
    else:
        reason = f"Restore version {target.version}"
    own_history = urlencode({"strategy": strategy_id, "symbol": symbol or "global"})
    return Proposal(
        title=f"Revert {spec.name} · {level_name(symbol)}",
        template="desk/reverting.html",
        levels=levels,
        previews={symbol: services.preview_rollback(strategy_id, symbol, target)},
        write=back_to(target, strategy_id, symbol, f"{spec.name} for {level_name(symbol)}"),
        reason=reason,
        context={
            "goal": target,
            "deed": "Revert" if is_newest else "Restore",
            "cancel_url": f"{reverse('tuning:history')}?{own_history}",
        },
    )


def back_to(
    target: Change | None, strategy_id: str, symbol: str | None, name: str
) -> Callable[[Author], str]:
    """What gives a level, called `name` in words, the contents of a change, or takes its first one back."""

    def restore(author: Author) -> str:
        if target is None:
            written = services.take_back_first(strategy_id, symbol, author=author)
            kept = f", kept as version {written.change.version}" if written.change else ""
            return f"{name} is as before its first change: nothing is set{kept}."
        change_id = str(target.history_id)
        written = services.roll_back(strategy_id, symbol, author=author, change_id=change_id)
        if written.change is None:
            return f"{name}: nothing changed, it holds what version {target.version} did already."
        return f"{name} is back at version {target.version}, kept as version {written.change.version}."

    return restore

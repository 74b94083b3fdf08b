"""Removing a level, so that it inherits everything again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from configuration import reading, services
from configuration.admin.access import demand, may_remove
from configuration.admin.differences import outlook
from configuration.admin.pages import level_name, level_url, page, render
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
from configuration.exceptions import NothingToDelete, ValidationFailed


@page
def remove(request: HttpRequest, strategy_id: str, symbol: str | None = None) -> HttpResponse:
    """Show what removing the level would do; do it once a reason is given."""
    demand(may_remove(request.user))
    strategy_id, symbol = services.address(strategy_id, symbol)
    levels = reading.strategy(strategy_id)
    if levels.own(symbol) is None:
        raise NothingToDelete(strategy_id, symbol)
    if request.method != "POST":
        return confirm(request, levels, symbol)
    reason = reason_in(request)
    if not reason:
        return confirm(request, levels, symbol, reason_error=REASON_MISSING)
    try:
        with unchanged(strategy_id, {symbol: number_in(request, "_opened")}):
            services.delete(strategy_id, symbol, author=author_of(request, reason))
    except ValidationFailed as refusal:
        return confirm(request, levels, symbol, problems=refusal.problems)
    messages.success(request, f"{levels.spec.name} for {level_name(symbol)} inherits everything again.")
    return redirect("tuning:strategy", strategy_id)


def confirm(
    request: HttpRequest,
    levels: StrategyLevels,
    symbol: str | None,
    *,
    problems: tuple[Problem, ...] = (),
    reason_error: str = "",
) -> HttpResponse:
    spec = levels.spec
    preview = services.preview(spec.strategy_id, symbol, {}, replace=True)
    return render(
        request,
        "configuration/removal.html",
        f"Remove {spec.name} · {level_name(symbol)}",
        status=400 if problems or reason_error else 200,
        spec=spec,
        symbol=symbol,
        level_name=level_name(symbol),
        opened=own_version(levels, symbol),
        outlook=outlook(spec, preview),
        problems=problems or preview.problems,
        reason=reason_in(request),
        reason_error=reason_error,
        reason_length=REASON_LENGTH,
        level_url=level_url(spec.strategy_id, symbol),
    )

"""Copying one symbol's override to other symbols, all of them or none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from configuration import reading, services
from configuration.admin.access import demand, may_write
from configuration.admin.differences import Outlook, outlook
from configuration.admin.pages import level_url, page, render
from configuration.admin.suggestions import tracked_symbols
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
from configuration.domain.problems import Refused
from configuration.domain.symbols import parse_symbol
from configuration.exceptions import NothingToDelete, ValidationFailed

SEPARATORS = re.compile(r"[\s,;]+")
MOST_TARGETS = 100


@dataclass(frozen=True, slots=True)
class Target:
    """A symbol to copy to, and what that would change there; `version` is what it holds now, 0: nothing."""

    symbol: str
    version: int
    outlook: Outlook

    @property
    def version_field(self) -> str:
        return f"opened-{self.symbol}"


@page
def copy(request: HttpRequest, strategy_id: str, symbol: str) -> HttpResponse:
    """Choose symbols, preview each, and give them all what this symbol sets."""
    strategy_id, source = services.address(strategy_id, symbol)
    levels = reading.strategy(strategy_id)
    own = levels.own(source)
    if source is None or own is None:
        raise NothingToDelete(strategy_id, source)
    demand(request.user.has_perm("configuration.add_strategyconfig"))
    if request.method != "POST":
        return show(request, levels, source, [])
    try:
        symbols = symbols_in(request.POST.get("symbols", ""), source)
    except Refused as refusal:
        return show(request, levels, source, [], objection=f"{refusal}.")
    if objection := objection_to(symbols):
        return show(request, levels, source, [], objection=objection)
    targets = [preview_of(levels, source, name) for name in symbols]
    for name in symbols:
        demand(may_write(request.user, levels, name))
    if request.POST.get("_step") != "save" or any(target.outlook.preview.problems for target in targets):
        return show(request, levels, source, targets)
    return save(request, levels, source, targets)


def save(request: HttpRequest, levels: StrategyLevels, source: str, targets: list[Target]) -> HttpResponse:
    """Write all targets in one transaction; those that set the same already get no new version."""
    reason = reason_in(request)
    if not reason:
        return show(request, levels, source, targets, reason_error=REASON_MISSING)
    strategy_id, overrides = levels.spec.strategy_id, levels.symbols[source].overrides
    seen: dict[str | None, int] = {
        target.symbol: number_in(request, target.version_field) for target in targets
    }
    author = author_of(request, reason)
    try:
        with unchanged(strategy_id, seen):
            copies: dict[str | None, Mapping[str, Any]] = {target.symbol: overrides for target in targets}
            services.write_levels({strategy_id: copies}, author=author)
    except ValidationFailed:  # the global level changed since the preview: show the present one
        return copy(request, strategy_id, source)
    names = ", ".join(target.symbol for target in targets)
    messages.success(request, f"{levels.spec.name}: what {source} sets now holds for {names} too.")
    return redirect("tuning:strategy", strategy_id)


def symbols_in(text: str, source: str) -> list[str]:
    """The symbols named in a text, each once, without the one copied from; raises Refused."""
    names = dict.fromkeys(parse_symbol(word) for word in SEPARATORS.split(text.strip()) if word)
    return [name for name in names if name != source]


def objection_to(symbols: list[str]) -> str:
    """What is wrong with how many there are, empty when nothing is."""
    if not symbols:
        return "Name at least one other symbol."
    return f"Name at most {MOST_TARGETS} symbols at a time." if len(symbols) > MOST_TARGETS else ""


def preview_of(levels: StrategyLevels, source: str, symbol: str) -> Target:
    overrides = levels.symbols[source].overrides
    preview = services.preview(levels.spec.strategy_id, symbol, overrides, replace=True)
    return Target(symbol, own_version(levels, symbol), outlook(levels.spec, preview))


def show(
    request: HttpRequest,
    levels: StrategyLevels,
    source: str,
    targets: list[Target],
    *,
    objection: str = "",
    reason_error: str = "",
) -> HttpResponse:
    spec = levels.spec
    default_reason = f"Copied from {source}"
    return render(
        request,
        "configuration/copying.html",
        f"Copy {spec.name} · {source}",
        status=400 if objection or reason_error else 200,
        spec=spec,
        source=source,
        values=[
            (parameter, levels.symbols[source].overrides[name])
            for name, parameter in spec.parameters.items()
            if name in levels.symbols[source].overrides
        ],
        targets=targets,
        can_save=bool(targets) and not any(target.outlook.preview.problems for target in targets),
        symbols=request.POST.get("symbols", ""),
        suggestions=tracked_symbols(),
        objection=objection,
        reason=reason_in(request) if "_reason" in request.POST else default_reason,
        reason_error=reason_error,
        reason_length=REASON_LENGTH,
        level_url=level_url(spec.strategy_id, source),
    )

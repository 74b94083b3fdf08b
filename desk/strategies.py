"""The strategies at a glance, one strategy in full, and the way to a symbol's override."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from configuration import reading
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import ConfigLevel, StrategyLevels
from configuration.domain.parameters import ParameterSpec, Value
from configuration.domain.problems import InvalidValue
from configuration.domain.resolution import Layer
from configuration.domain.symbols import parse_symbol
from configuration.permissions import ADD, CHANGE, DELETE, HALT, RESUME, to_set
from desk.changes import (
    ChangeEntry,
    last_change_by_strategy,
    latest_changes,
)
from desk.entries import among_halts
from desk.halting import halt_status
from desk.pages import demand, level_url, page, removal_url, render
from desk.suggestions import tracked_symbols
from desk.words import in_words
from halts.domain import Scope
from halts.reading import halts_now
from symbols import capitals

RECENT_CHANGES = 8
MOST_CHIPS = 12
MOST_UNSEARCHED = 5
"""Overrides that are found by looking at them."""


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """A parameter's value for all symbols, and where it comes from."""

    spec: ParameterSpec
    value: Value
    layer: Layer

    @property
    def differs(self) -> bool:
        return self.value != self.spec.default


@dataclass(frozen=True, slots=True)
class Override:
    """One symbol's own level. `values`: parameter, own value, the value it would inherit."""

    symbol: str
    level: ConfigLevel
    values: list[tuple[ParameterSpec, Value, Value]]
    last: ChangeEntry | None
    url: str
    removal_url: str


def effective_values(levels: StrategyLevels) -> list[EffectiveValue]:
    config = levels.config(None)
    return [
        EffectiveValue(spec, config.parameters[name], config.provenance[name])
        for name, spec in levels.spec.parameters.items()
    ]


@page
def overview(request: HttpRequest) -> HttpResponse:
    """Every strategy with what is in force for all symbols, its overrides and its last change."""
    last, halts = last_change_by_strategy(), halts_now()
    cards = [
        {
            "spec": levels.spec,
            "overrides": list(levels.symbols.items())[:MOST_CHIPS],
            "more": max(0, len(levels.symbols) - MOST_CHIPS),
            "values": effective_values(levels),
            "last": last.get(levels.spec.strategy_id),
            "halt_status": None if halts is None else halt_status(halts, Scope(levels.spec.strategy_id)),
            "may_write": request.user.has_perm(to_set(levels.global_level)),
            "may_override": request.user.has_perm(ADD),
        }
        for levels in reading.strategies()
    ]
    return render(
        request,
        "desk/strategies.html",
        "Strategies",
        cards=cards,
        known_halts=halts,
        is_halted=halts is not None and halts.are_halted(CATALOGUE),
        suggestions=tracked_symbols(),
    )


@page
def strategy(request: HttpRequest, strategy_id: str) -> HttpResponse:
    """One strategy: parameters, rules, every override (of the symbols that contain what is asked for), the latest
    changes."""
    levels = reading.strategy(strategy_id)
    asked = request.GET.get("symbol", "").strip()
    halts = halts_now()
    latest = latest_changes(strategy_id, RECENT_CHANGES)
    return render(
        request,
        "desk/strategy.html",
        levels.spec.name,
        levels=levels,
        spec=levels.spec,
        values=effective_values(levels),
        asked=asked,
        is_searchable=len(levels.symbols) > MOST_UNSEARCHED,
        overrides=[each for each in overrides_of(levels, latest) if capitals(asked) in each.symbol],
        recent=among_halts(latest[:RECENT_CHANGES], strategy_id, RECENT_CHANGES),
        suggestions=tracked_symbols(),
        may_write=request.user.has_perm(to_set(levels.global_level)),
        may_override=request.user.has_perm(ADD),
        may_change=request.user.has_perm(CHANGE),
        may_remove=request.user.has_perm(DELETE),
        removal_url=removal_url(strategy_id, None),
        known_halts=halts,
        halt_status=None if halts is None else halt_status(halts, Scope(strategy_id)),
        may_halt=request.user.has_perm(HALT),
        may_resume=request.user.has_perm(RESUME),
    )


def overrides_of(levels: StrategyLevels, latest: list[ChangeEntry]) -> list[Override]:
    """Every symbol's own level; its last change is the first of its symbol among the `latest`."""
    inherited = levels.config(None).parameters
    strategy_id, parameters = levels.spec.strategy_id, levels.spec.parameters
    last = {entry.symbol: entry for entry in reversed(latest)}
    return [
        Override(
            symbol,
            level,
            [
                (spec, level.overrides[name], inherited[name])
                for name, spec in parameters.items()
                if name in level.overrides
            ],
            last.get(symbol),
            level_url(strategy_id, symbol),
            removal_url(strategy_id, symbol),
        )
        for symbol, level in levels.symbols.items()
    ]


@page
def open_override(request: HttpRequest, strategy_id: str) -> HttpResponse:
    """Lead from a typed symbol to its form."""
    levels = reading.strategy(strategy_id)
    try:
        symbol = parse_symbol(request.GET.get("symbol", "").strip())
    except InvalidValue as refusal:
        messages.error(request, f"{in_words(str(refusal))}.")
        return redirect("tuning:strategy", strategy_id)
    demand(request.user, to_set(levels.own(symbol)))
    return redirect("tuning:symbol", strategy_id, symbol)

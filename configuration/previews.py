"""What a change would do, without doing it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from configuration.domain.effective import Config, ConfigLevel, StrategyLevels
from configuration.domain.problems import Problem
from configuration.domain.validation import judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A level before and after a change; `after` is None when problems stand against it.

    `affected` holds, for a change of the global level, every symbol with a level of its own whose values
    would change too, before and after.
    """

    before: Config
    after: Config | None
    problems: tuple[Problem, ...] = ()
    affected: Mapping[str, tuple[Config, Config]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def preview(
    levels: StrategyLevels, symbol: str | None, parameters: Mapping[str, Any], *, replace: bool = False
) -> Preview:
    """Judge and apply a change to a copy; nothing is written and versions stay as they are."""
    before = levels.config(symbol)
    verdict = judge(levels.spec, levels.overrides, symbol, parameters, replace=replace)
    if verdict.problems:
        return Preview(before=before, after=None, problems=verdict.problems)
    changed = levels.with_level(
        symbol,
        ConfigLevel(verdict.overrides, before.version, before.created_at, before.updated_at, origins={}),
    )
    after = changed.config(symbol, verdict.resolution)
    if symbol is not None:
        return Preview(before=before, after=after)
    pairs = {name: (levels.config(name), changed.config(name)) for name in levels.symbols}
    return Preview(
        before=before,
        after=after,
        affected={name: pair for name, pair in pairs.items() if pair[0].hash != pair[1].hash},
        warnings=tuple(_shadows(before, after, {name: pair[1] for name, pair in pairs.items()})),
    )


def _shadows(before: Config, after: Config, symbols: Mapping[str, Config]) -> list[str]:
    """Sentences about symbols that keep a value of their own where the global one changes."""
    changed = [name for name, value in after.parameters.items() if before.parameters[name] != value]
    return [
        f"{symbol} keeps its own {name}, {config.overrides[name]}"
        for symbol, config in symbols.items()
        for name in changed
        if name in config.overrides
    ]

"""What a level inherited when it was changed: environment and defaults as they are now, and the values for all symbols
as they were then."""

from collections.abc import Mapping
from dataclasses import replace

from configuration import reading
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import ConfigLevel
from configuration.domain.parameters import Value
from configuration.models import GLOBAL, Change, StrategyConfig
from desk.changes import ChangeEntry


def with_inherited(entry: ChangeEntry) -> ChangeEntry:
    """The same, saying what was inherited of each parameter that had no value of its own before it, or after it."""
    if not entry.is_known:
        return entry
    held = inherited(entry.change)
    differences = [replace(each, inherited=held.get(each.name)) for each in entry.differences]
    return replace(entry, differences=differences)


def inherited(change: Change) -> Mapping[str, Value]:
    """By parameter, of a strategy that is in the catalogue."""
    assert change.strategy_id in CATALOGUE  # noqa: S101 - asked by who knows
    levels = reading.strategy(change.strategy_id)
    symbol = change.symbol or None
    if symbol is None:
        return levels.with_level(None, None).config(None).parameters
    of_all = StrategyConfig.history.of_level(change.strategy_id, GLOBAL)
    then = of_all.filter(history_id__lt=change.history_id).first()
    values = then.new_parameters if then else None
    level = None if values is None else ConfigLevel(values, then.version, None, None, origins={})
    return levels.with_level(None, level).with_level(symbol, None).config(symbol).parameters

"""The configuration evaluators work with: immutable, complete, checked once more before it is used."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import LevelAddress
from configuration.domain.resolution import fingerprint
from configuration.domain.strategy import StrategyParameters
from configuration.domain.validation import problems_in_force
from strategies.domain.signal import ConfigurationUsed


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """One level's complete parameter set, as the database has it.

    `changed_at` is when it last became different, seconds since the epoch; None where nothing is set.
    """

    strategy_id: str
    symbol: str | None
    parameters: dict[str, Any]
    version: int
    source: str
    is_override: bool
    hash: str
    changed_at: float | None


class Applied(msgspec.Struct, frozen=True):
    """One level's parameters in use, and where they come from."""

    parameters: StrategyParameters
    used: ConfigurationUsed


class InForce:
    """What every strategy uses for every symbol. Never changed; a new one takes its place."""

    def __init__(self, levels: Mapping[LevelAddress, Applied]) -> None:
        self.levels = dict(levels)
        self._by_strategy: dict[str, dict[str | None, Applied]] = {}
        for (strategy_id, symbol), applied in levels.items():
            self._by_strategy.setdefault(strategy_id, {})[symbol] = applied

    def of(self, strategy_id: str, symbol: str) -> Applied:
        """What the symbol's own level sets, else that of all symbols."""
        levels = self._by_strategy[strategy_id]
        return levels.get(symbol) or levels[None]


def defaults() -> InForce:
    """The catalogue's own values, for a process that has never heard of anything else."""
    return InForce({(name, None): _default(name) for name in CATALOGUE})


def take_over(current: InForce, configs: Iterable[Resolved]) -> tuple[InForce, dict[LevelAddress, str]]:
    """The next configuration in force, and why levels were rejected.

    `configs` are all levels there are: one for all symbols per strategy, and one per symbol with values of
    its own. A rejected level keeps what it has in `current`; a symbol that had none goes on without.
    """
    levels: dict[LevelAddress, Applied] = {}
    rejected: dict[LevelAddress, str] = {}
    for config in configs:
        if config.strategy_id not in CATALOGUE:
            continue
        level = (config.strategy_id, config.symbol)
        problems = problems_in_force(CATALOGUE[config.strategy_id], config.parameters)
        if not problems:
            levels[level] = apply(config)
            continue
        rejected[level] = "; ".join(problem.message for problem in problems)
        if level in current.levels:
            levels[level] = current.levels[level]
    for name in CATALOGUE:
        levels.setdefault((name, None), current.levels.get((name, None)) or _default(name))
    return InForce(levels), rejected


def apply(config: Resolved) -> Applied:
    """The immutable form of an accepted configuration."""
    used = ConfigurationUsed(
        config.version, config.source, config.is_override, config.hash, config.parameters
    )
    return Applied(CATALOGUE[config.strategy_id].build(_accepted(config)), used)


def _accepted(config: Resolved) -> dict[str, Any]:
    spec = CATALOGUE[config.strategy_id]
    return {name: parameter.accept(config.parameters[name]) for name, parameter in spec.parameters.items()}


def _default(strategy_id: str) -> Applied:
    spec = CATALOGUE[strategy_id]
    used = ConfigurationUsed(0, "default", False, fingerprint(spec, spec.defaults), spec.defaults)
    return Applied(spec.build(spec.defaults), used)

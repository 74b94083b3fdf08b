"""Is what the database holds in force everywhere? The database's answer beside every process's own."""

from collections.abc import Iterable, Iterator

import msgspec

from configuration import reading
from configuration.domain.effective import StrategyLevels
from strategies.receipts import AppliedRow, ProcessReport, compare, is_converged


class LevelInForce(msgspec.Struct, frozen=True, kw_only=True):
    """One level as the database has it, and each process that runs its strategy."""

    strategy_id: str
    symbol: str | None
    version: int
    hash: str
    processes: list[AppliedRow]

    @property
    def converged(self) -> bool:
        return is_converged(self.processes)

    @property
    def applied(self) -> int:
        """How many processes use it."""
        return sum(row.status == "applied" for row in self.processes)

    @property
    def slowest_lag(self) -> float | None:
        """Seconds from saving to the last process that uses it; None where nobody saw the saving."""
        return max((row.lag for row in self.processes if row.lag is not None), default=None)


def level_in_force(
    levels: StrategyLevels, symbol: str | None, reports: Iterable[ProcessReport], now: float
) -> LevelInForce:
    """The answer for one level; processes that do not run the strategy are left out."""
    config = levels.config(symbol)
    strategy_id = config.strategy_id
    return LevelInForce(
        strategy_id=strategy_id,
        symbol=symbol,
        version=config.version,
        hash=config.hash,
        processes=[
            compare(report, strategy_id, symbol, config.hash, now)
            for report in reports
            if strategy_id in report.strategies
        ],
    )


def all_levels(reports: list[ProcessReport], now: float) -> list[LevelInForce]:
    """Every level there is: one of all symbols per strategy, and those of single symbols.

    A level that was removed is one of them for as long as a process still uses it.
    """
    return [
        level_in_force(levels, symbol, reports, now)
        for levels in reading.strategies()
        for symbol in (None, *sorted({*levels.symbols, *_in_use(reports, levels.spec.strategy_id)}))
    ]


def _in_use(reports: list[ProcessReport], strategy_id: str) -> Iterator[str]:
    """The symbols for which some process uses values of their own."""
    for report in reports:
        for receipt in report.receipts:
            if receipt.strategy_id == strategy_id and receipt.symbol is not None:
                yield receipt.symbol

"""A process that starts goes on with the pauses of the one before it: else a restart would let a strategy that decides
nothing for hours decide again at once."""

import logging
from collections.abc import Callable

from django.db import Error as DatabaseError

from configuration.domain.catalogue import CATALOGUE
from database.deadline import at_most
from strategies.ledger.earlier import earlier
from strategies.running import RunningStrategies

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 2.0
"""Signals wait for so long at most, once."""


def resume(strategies: RunningStrategies, owns: Callable[[str], bool], now: float) -> None:
    """Have strategies take over when they last decided about the symbols that a process `owns`, as the ledger has it.
    Where the database is away that is not known, and pauses begin anew."""
    try:
        with at_most(ANSWER_SECONDS):
            for name, strategy in strategies.by_name.items():
                if strategy.evaluator.pause:
                    found = earlier(name, None, now - _longest_pause(name), now)
                    strategy.resume({symbol: signals for symbol, signals in found.items() if owns(symbol)})
    except DatabaseError as error:
        logger.warning(
            "pauses_not_known %s: %s; strategies may decide before they should", type(error).__name__, error
        )


def _longest_pause(strategy_id: str) -> float:
    """Of any values that may be set; which are in force is not known yet."""
    return float(CATALOGUE[strategy_id].parameters["min_signal_interval"].maximum or 0)

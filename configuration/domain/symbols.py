"""Which symbols something may be set for."""

from configuration.domain.problems import InvalidValue, Problem, ProblemCode
from symbols import fault_of, read_symbol

RESERVED = frozenset({"GLOBAL", "DEFAULT", "ENVIRONMENT", "NULL", "NONE", "UNDEFINED"})
"""Names of the other layers, and what programs write where they have no symbol: a change meant for all
symbols, or for none, must not become one of a symbol nobody trades."""


def parse_symbol(text: str) -> str:
    """The symbol in capitals; raises InvalidValue when the text cannot be one, or means none."""
    symbol = read_symbol(text)
    if symbol is None:
        raise _invalid(f"must be {fault_of(text)}")
    if symbol in RESERVED:
        raise _invalid(f"must not be {symbol}: that word names no symbol")
    return symbol


def _invalid(reason: str) -> InvalidValue:
    return InvalidValue(Problem.with_value("symbol", ProblemCode.INVALID_TYPE, reason))

"""How a trading symbol is written, and which words are none."""

import re

from configuration.domain.problems import Problem, ProblemCode, Refused, shown

SYMBOL = re.compile(r"(?!.*\.\.)[A-Z0-9][A-Z0-9._-]{0,30}[A-Z0-9_-]")
RULE = "must be 2 to 32 letters, digits, dots, underscores or dashes; a letter or digit first, no dot last or twice"
RESERVED = frozenset({"GLOBAL", "DEFAULT", "ENVIRONMENT", "NULL", "NONE", "UNDEFINED"})
"""Names of the other layers, and what programs write where they have no symbol: a change meant for all
symbols, or for none, must not become one of a symbol nobody trades."""


def parse_symbol(text: str) -> str:
    """The symbol in upper case; raises Refused when the text cannot be one."""
    symbol = text.upper()
    if not (text.isascii() and SYMBOL.fullmatch(symbol)):
        raise _refused(f"{RULE}; got {shown(text)}")
    if symbol in RESERVED:
        raise _refused(f"must not be {symbol}: that word names no symbol")
    return symbol


def _refused(reason: str) -> Refused:
    return Refused(Problem.with_value("symbol", ProblemCode.INVALID_TYPE, reason))

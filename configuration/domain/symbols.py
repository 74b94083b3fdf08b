"""How a trading symbol is written."""

import re

from configuration.domain.problems import Problem, ProblemCode, Refused

SYMBOL = re.compile(r"[A-Z0-9._-]{2,32}")
RULE = "must be 2 to 32 letters, digits, dots, underscores or dashes"


def parse_symbol(text: str) -> str:
    """The symbol in upper case; raises Refused when the text cannot be one."""
    symbol = text.upper()
    if not (text.isascii() and SYMBOL.fullmatch(symbol)):
        raise Refused(Problem.with_value("symbol", ProblemCode.INVALID_TYPE, RULE))
    return symbol

"""How a trading symbol is written."""

import re

SYMBOL = re.compile(r"[A-Z0-9._-]{2,32}")
SYMBOL_RULE = "symbol must be 2 to 32 letters, digits, dots, underscores or dashes"


class BadSymbol(ValueError):
    """The text cannot be a symbol; the message says what one looks like."""

    def __init__(self) -> None:
        super().__init__(SYMBOL_RULE)


def parse_symbol(text: str) -> str:
    """The symbol in upper case, without surrounding blanks."""
    symbol = text.strip().upper()
    if not (text.isascii() and SYMBOL.fullmatch(symbol)):
        raise BadSymbol
    return symbol

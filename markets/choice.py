"""Which markets are wanted: by name, or the busiest."""

import re
from collections.abc import Sequence

import msgspec

from markets.domain.listing import Listing, busiest
from symbols import read_symbol

TOP = re.compile(r"top:([1-9][0-9]{0,3})(?::([A-Za-z0-9]{2,10}))?")
QUOTE = "USDT"


class BadChoice(ValueError):
    """No symbols, in words."""


class Choice(msgspec.Struct, frozen=True):
    """Symbols as we spell them, or how many of the busiest that are quoted in `quote`."""

    symbols: tuple[str, ...] = ()
    top: int = 0
    quote: str = QUOTE

    def among(self, listings: Sequence[Listing]) -> tuple[list[Listing], list[str]]:
        """Those that are traded, and the symbols that are not; of several markets of a symbol the busiest."""
        by_symbol = {each.symbol: each for each in sorted(listings, key=lambda each: each.turnover)}
        if self.top:
            return busiest(by_symbol.values(), self.top, self.quote), []
        found = [by_symbol[symbol] for symbol in self.symbols if symbol in by_symbol]
        return found, [symbol for symbol in self.symbols if symbol not in by_symbol]

    def __str__(self) -> str:
        return f"top:{self.top}:{self.quote}" if self.top else ",".join(self.symbols)


def read_choice(text: str) -> Choice:
    """`BTCUSDT,ETHUSDT`, or `top:50`, or `top:50:USD` of another quote. Raises BadChoice."""
    if found := TOP.fullmatch(text.strip()):
        return Choice(top=int(found[1]), quote=(found[2] or QUOTE).upper())
    symbols = []
    for word in text.split(","):
        symbol = read_symbol(word.strip())
        if symbol is None:
            raise BadChoice(f"{word!r} is neither a symbol nor top:N.")
        symbols.append(symbol)
    return Choice(symbols=tuple(dict.fromkeys(symbols)))

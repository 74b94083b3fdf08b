"""Whether anybody has heard of a symbol that is to be halted: a halt of a misspelt one holds nothing back.

While that cannot be known every symbol passes (`configuration.known_symbols`): a halt must land.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from configuration import known_symbols
from configuration.exceptions import ConfigurationError
from configuration.known_symbols import question
from halts.domain import Scope


class UnknownSymbols(ConfigurationError):
    """Nobody has heard of these; `nearest` are the known names that are most alike, by symbol."""

    code = "UNKNOWN_SYMBOL"
    status = 409

    def __init__(self, nearest: Mapping[str, list[str]]) -> None:
        self.nearest = nearest
        super().__init__(" ".join(map(question, nearest.items())))

    @property
    def details(self) -> dict[str, Any]:
        """The first, and where there are more of them the others."""
        first, *others = ({"symbol": symbol, "nearest": nearest} for symbol, nearest in self.nearest.items())
        return {**first, "others": others} if others else first


def require_known(scopes: Iterable[Scope]) -> None:
    """Raises UnknownSymbols for those nobody has heard of."""
    if unknown := unknown_among(scopes):
        raise UnknownSymbols(unknown)


def unknown_among(scopes: Iterable[Scope]) -> dict[str, list[str]]:
    """The symbols nobody has heard of, with the nearest names; empty where that cannot be known now."""
    return known_symbols.unknown_among(scope.symbol for scope in scopes if scope.symbol)

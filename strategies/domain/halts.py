"""What is halted: everything, a strategy, a symbol, or one strategy on one symbol."""

from typing import NamedTuple

import msgspec


class Scope(NamedTuple):
    """What a halt covers; an empty part covers all."""

    strategy_id: str = ""
    symbol: str = ""

    def __str__(self) -> str:
        if not (self.strategy_id or self.symbol):
            return "everything"
        return f"{self.strategy_id or 'all strategies'} on {self.symbol or 'all symbols'}"


class Halts(msgspec.Struct, frozen=True):
    """All scopes that are halted. The widest and the narrowest count alike: one is enough."""

    scopes: frozenset[Scope] = frozenset()

    def is_halted(self, strategy_id: str, symbol: str) -> bool:
        """May no signal of this strategy about this symbol leave?"""
        if not self.scopes:
            return False
        return not self.scopes.isdisjoint(
            (Scope(), Scope(strategy_id), Scope("", symbol), Scope(strategy_id, symbol))
        )

    def with_scope(self, scope: Scope) -> "Halts":
        return Halts(self.scopes | {scope})

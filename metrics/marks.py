"""What may stand beside the numbers of a symbol: somebody else's word that no signals about it leave.

Whose word that is, is not known here. Who has one hands in, at start, a function that returns all of them. It is called
for every answer: it must be quick, and must not fail.
"""

from collections.abc import Callable, Mapping

import msgspec


class Mark(msgspec.Struct, frozen=True):
    """One symbol's. `halted` is true while no strategy's signals about it leave.

    Where it holds, wholly or for some strategies, `since` holds since when, in seconds since the epoch, and `headline`
    and `detail` show it to anybody who looks; otherwise they are empty.
    """

    halted: bool = False
    since: float | None = None
    headline: str = ""
    detail: str = ""


UNMARKED = Mark()


class Marks(msgspec.Struct, frozen=True):
    """Those of all symbols: of the ones that are named, and of all others."""

    by_symbol: Mapping[str, Mark] = {}
    others: Mark = UNMARKED

    def of(self, symbol: str) -> Mark:
        """One symbol's."""
        return self.by_symbol.get(symbol, self.others)


_read: Callable[[], Marks] = Marks


def hand_in(read: Callable[[], Marks]) -> None:
    """From now on `read` returns how symbols are marked; until then none is."""
    global _read
    _read = read


def current() -> Marks:
    """How symbols are marked now."""
    return _read()

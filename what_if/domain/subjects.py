"""Which subjects concern one symbol, where that can be told from their names."""

from collections.abc import Iterable

LEAST_WORDS = 4
"""`market.<venue>.<kind>.<SYMBOL>`, and maybe the number of a share before the symbol."""


def concerning(symbol: str, subjects: Iterable[str]) -> list[str]:
    """Those named for this symbol, and those whose names are for none, which may be about any."""
    return [each for each in subjects if _symbol_of(each) in ("", symbol)]


def _symbol_of(subject: str) -> str:
    """The symbol that a subject is named for; empty where none is."""
    words = subject.split(".")
    is_named = words[0] == "market" and len(words) >= LEAST_WORDS
    return words[-1] if is_named else ""

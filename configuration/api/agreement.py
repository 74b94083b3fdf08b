"""Path, query and body must agree on the level a request is about."""

from typing import Any

from configuration.addressing import well_formed
from configuration.api.fields import literal, problem
from configuration.exceptions import ValidationFailed
from symbols import read_symbol, where


def require_address(body: Any, strategy_id: str, symbol: str | None) -> None:
    """An answer that is sent back goes where it came from; raises ValidationFailed."""
    problems = []
    for name, addressed in (("strategy_id", strategy_id), ("symbol", symbol)):
        found = body.get(name, addressed)
        if found != addressed and not _is_symbol(found, addressed):
            given = literal(found) + (where(found) if isinstance(found, str) else "")
            reason = f"must be {literal(addressed)} as the path has it, got {given}"
            problems.append(problem(name, reason))
    if problems:
        raise ValidationFailed(problems)


def _is_symbol(found: Any, addressed: str | None) -> bool:
    """Does it name the symbol that is addressed, in another case?"""
    return addressed is not None and isinstance(found, str) and read_symbol(found) == addressed


def one_symbol(**places: str | None) -> str | None:
    """The symbol that path, query and body agree on, in capitals; raises ValidationFailed.

    A place that names no symbol is passed over; None where none names one.
    """
    named = {place: well_formed(symbol) for place, symbol in places.items() if symbol is not None}
    if len(set(named.values())) > 1:
        found = " and ".join(f"{symbol} in the {place}" for place, symbol in named.items())
        raise ValidationFailed([problem("symbol", f"must be one symbol, got {found}")])
    return next(iter(named.values()), None)

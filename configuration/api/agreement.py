"""Path, query and body must agree on the level a request is about."""

from typing import Any

from configuration.addressing import well_formed
from configuration.api.fields import literal, problem
from configuration.exceptions import ValidationFailed


def require_address(body: Any, strategy_id: str, symbol: str | None) -> None:
    """An answer that is sent back goes where it came from; raises ValidationFailed."""
    problems = []
    for name, addressed in (("strategy_id", strategy_id), ("symbol", symbol)):
        said = body.get(name, addressed)
        in_any_case = isinstance(said, str) and said.isascii() and said.upper() == addressed
        if said != addressed and not in_any_case:
            reason = f"must be {literal(addressed)} as the path has it, got {literal(said)}"
            problems.append(problem(name, reason))
    if problems:
        raise ValidationFailed(problems)


def one_symbol(**places: str | None) -> str | None:
    """The symbol that path, query and body agree on, in upper case; raises ValidationFailed.

    A place that says nothing is passed over; None where none says anything.
    """
    named = {place: well_formed(said) for place, said in places.items() if said is not None}
    if len(set(named.values())) > 1:
        told = " and ".join(f"{symbol} in the {place}" for place, symbol in named.items())
        raise ValidationFailed([problem("symbol", f"must be one symbol, got {told}")])
    return next(iter(named.values()), None)

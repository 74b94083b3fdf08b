"""Who may do what with configuration. REST asks for the same permissions."""

from typing import Any

from configuration.domain.effective import StrategyLevels


class Forbidden(Exception):
    """The account has no permission for what it asked."""

    def __init__(self) -> None:
        super().__init__("Your account has no permission to do this. An administrator can grant it.")


def demand(allowed: bool) -> None:
    """Raise Forbidden unless allowed."""
    if not allowed:
        raise Forbidden


def may_read(user: Any) -> bool:
    return user.has_perm("configuration.view_strategyconfig")


def may_write(user: Any, levels: StrategyLevels, symbol: str | None) -> bool:
    """May this level be set? Setting one that holds nothing yet is adding it."""
    verb = "change" if levels.own(symbol) else "add"
    return user.has_perm(f"configuration.{verb}_strategyconfig")


def may_remove(user: Any) -> bool:
    return user.has_perm("configuration.delete_strategyconfig")


def may_halt(user: Any) -> bool:
    return user.has_perm("halts.halt_strategies")


def may_resume(user: Any) -> bool:
    return user.has_perm("halts.resume_strategies")

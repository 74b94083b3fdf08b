"""Who may do what on the pages of the configuration."""

from typing import Any

from configuration.domain.effective import StrategyLevels
from configuration.permissions import ADD, CHANGE, DELETE, HALT, RESUME, VIEW


class Forbidden(Exception):
    """The account has no permission for what it asked."""

    def __init__(self) -> None:
        super().__init__("Your account has no permission to do this. An administrator can grant it.")


def demand(allowed: bool) -> None:
    """Raise Forbidden unless allowed."""
    if not allowed:
        raise Forbidden


def may_read(user: Any) -> bool:
    return user.has_perm(VIEW)


def may_write(user: Any, levels: StrategyLevels, symbol: str | None) -> bool:
    """May this level be set? Setting one that holds nothing yet is adding it."""
    return user.has_perm(CHANGE if levels.own(symbol) else ADD)


def may_remove(user: Any) -> bool:
    return user.has_perm(DELETE)


def may_halt(user: Any) -> bool:
    return user.has_perm(HALT)


def may_resume(user: Any) -> bool:
    return user.has_perm(RESUME)

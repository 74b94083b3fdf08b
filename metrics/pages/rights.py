"""Who may see more than everybody, on pages that everybody may see."""

from typing import Any

from django.db import Error as DatabaseError

MAY_SEE_CONFIGURATION = "configuration.view_strategyconfig"


def may(user: Any, permission: str) -> bool:
    """False while the database is away, which holds the sessions: what is public is shown all the same."""
    try:
        return bool(user.has_perm(permission))
    except DatabaseError:
        return False

"""Who may do what on the pages of the configuration."""

from typing import Any


class Forbidden(Exception):
    """The account has no permission for what it asked."""

    def __init__(self) -> None:
        super().__init__("Your account has no permission to do this. An administrator can grant it.")


def demand(user: Any, permission: str) -> None:
    """Raise Forbidden unless the account has it."""
    if not user.has_perm(permission):
        raise Forbidden

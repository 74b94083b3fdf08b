"""Who may do what on the pages of the configuration."""

from typing import Any

from django.core.exceptions import PermissionDenied


def demand(user: Any, permission: str) -> None:
    """Raise PermissionDenied unless the account has it."""
    if not user.has_perm(permission):
        raise PermissionDenied("Your account has no permission to do this. An administrator can grant it.")

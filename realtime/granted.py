"""What somebody may do, asked in one question that is put together once.

Django's own backend asks two, and builds both anew each time, which takes longer than to have them answered.
"""

from functools import cache
from typing import Any

from django.contrib.auth.models import Permission
from django.db import connection
from django.http import HttpRequest

SOMEBODY = 0


class GrantedAtOnce:
    """Stands before ModelBackend, which then knows what it would ask: both keep it on the user, who is loaded anew for
    each request. Logging in is the other's alone."""

    def authenticate(self, request: HttpRequest) -> None:
        """Takes no credentials."""

    def has_perm(self, user: Any, permission: str, obj: Any = None) -> bool:
        return permission in self.get_all_permissions(user, obj)

    def get_all_permissions(self, user: Any, obj: Any = None) -> set[str]:
        """Of an active user, the own ones and those of all groups. Superusers need none."""
        if obj is not None or user.is_anonymous or not user.is_active or user.is_superuser:
            return set()
        if not hasattr(user, "_perm_cache"):
            with connection.cursor() as cursor:
                cursor.execute(question(), (user.pk, user.pk))
                user._perm_cache = {f"{app}.{codename}" for app, codename in cursor.fetchall()}
        granted: set[str] = user._perm_cache
        return granted


@cache
def question() -> str:
    """The SQL, with the user in two places."""
    own = Permission.objects.filter(user=SOMEBODY)
    of_groups = Permission.objects.filter(group__user=SOMEBODY)
    both = (each.order_by().values_list("content_type__app_label", "codename") for each in (own, of_groups))
    sql, _ = next(both).union(next(both)).query.sql_with_params()
    return str(sql)

"""A right is one or more permissions that are given and taken together: to a role, and to a service account itself."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet

Right = frozenset[str]
"""Names of permissions, as `user.has_perm` takes them."""


def permissions_of(holder: Group | User) -> set[str]:
    """Names of what a role gives, or of what an account has beside its roles."""
    own = holder.permissions if isinstance(holder, Group) else holder.user_permissions
    return {f"{each.content_type.app_label}.{each.codename}" for each in own.all()}


def set_rights(holder: Group | User, wanted: Iterable[Right], among: Iterable[Right]) -> None:
    """Give the `wanted` rights, and take away the others that there are (`among`), where they are held whole.

    What is held in part is kept: no tick can show it.
    """
    needed, held = Right().union(*wanted), permissions_of(holder)
    whole = Right().union(*(right for right in among if right <= held))
    own = holder.permissions if isinstance(holder, Group) else holder.user_permissions
    own.remove(*_rows(whole - needed))
    own.add(*_rows(needed))


def _rows(names: Iterable[str]) -> QuerySet[Permission]:
    wanted = Q(pk__in=())
    for name in names:
        label, codename = name.split(".")
        wanted |= Q(content_type__app_label=label, codename=codename)
    return Permission.objects.filter(wanted)

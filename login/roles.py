"""Roles make staff: whoever has one may enter the admin, and nobody else but superusers.

A role is a group of Django's. Its members' `is_staff` follows, through whatever door a role is given or taken away.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models.signals import m2m_changed, pre_delete
from django.dispatch import receiver


def follow_roles(users: Iterable[User]) -> None:
    """Have `is_staff` of each follow from its roles."""
    for user in users:
        is_staff = user.is_superuser or user.groups.exists()
        if user.is_staff != is_staff:
            user.is_staff = is_staff
            user.save(update_fields=["is_staff"])


@receiver(m2m_changed, sender=User.groups.through)
def on_membership(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, using: str, **_: Any
) -> None:
    """From the side of a person (`instance` is one), or of a role."""
    if not reverse:
        if action.startswith("post_"):
            follow_roles([instance])
    elif action == "pre_clear":
        instance.members_before = list(instance.user_set.using(using))
    elif action == "post_clear":
        follow_roles(instance.members_before)
    elif action.startswith("post_"):
        follow_roles(User.objects.using(using).filter(pk__in=pk_set or ()))


@receiver(pre_delete, sender=Group)
def on_deletion(instance: Group, **_: Any) -> None:
    """Django takes a deleted role from its members without a signal."""
    instance.user_set.clear()

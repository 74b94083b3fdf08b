"""Whose tokens others may make.

An account without a usable password is a service account: nobody can log in as it, so it is no person. A token acts in
the name of its owner, in the audit trail, too: nobody makes one in the name of another person.
"""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

IS_SERVICE_ACCOUNT = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def owners_of_new_tokens(maker: User | AnonymousUser, users: QuerySet[User]) -> QuerySet[User]:
    """Of `users` those for whom `maker` may make a token."""
    return users.filter(IS_SERVICE_ACCOUNT | Q(pk=maker.pk))

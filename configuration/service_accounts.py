"""Service accounts, and whose tokens others may make.

An account without a usable password is a service account: nobody can log in as it, so it is no person. A token acts in
the name of its owner, in the audit trail, too: nobody makes one in the name of another person.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from knox.models import AuthToken

from configuration.scopes import SCOPES, permissions_of
from login import rights
from login.models import TokenGrant

TAKEN = "taken"
"""The code of the refusal of a name that somebody has."""
IS_SERVICE_ACCOUNT = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def owners_of_new_tokens(maker: User | AnonymousUser, users: QuerySet[User]) -> QuerySet[User]:
    """Of `users` those for whom `maker` may make a token."""
    return users.filter(IS_SERVICE_ACCOUNT | Q(pk=maker.pk))


def new_service_account(name: str, scopes: Iterable[str]) -> User:
    """An account as which nobody can log in, with the rights that `scopes` take and no role."""
    account = User.objects.create_user(name)
    set_rights(account, scopes)
    return account


def set_rights(account: User, scopes: Iterable[str]) -> None:
    """Give an account the rights that `scopes` take, beside those of its roles, and no others that scopes take."""
    every = (scope.permissions for scope in SCOPES.values())
    rights.set_rights(account, [permissions_of(scopes)], every)


def sound_name(name: str) -> str:
    """The name of a new account as it is kept; raises ValidationError."""
    name = str(User.normalize_username(name))
    User._meta.get_field("username").run_validators(name)
    if User.objects.filter(username__iexact=name).exists():
        raise ValidationError(f"There is an account {name} already.", TAKEN)
    return name


def new_token(
    account: User, scopes: Iterable[str] | None, *, purpose: str, made_by: str, life: timedelta
) -> tuple[AuthToken, str]:
    """A token and its secret, which is shown here and never again; `scopes` None is for all that the account may."""
    with transaction.atomic():
        token, secret = AuthToken.objects.create(account, expiry=life)
        names = None if scopes is None else list(scopes)
        TokenGrant.objects.create(token=token, scopes=names, purpose=purpose, made_by=made_by)
    return token, secret

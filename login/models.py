"""Wrong passwords, as they are counted (`login.domain` defines the counts), and what tokens were made for."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, User
from django.db import models
from django.utils import timezone
from knox.models import AuthToken

from login import domain

LONGEST_NAME: int = AbstractUser._meta.get_field("username").max_length  # type: ignore[assignment]  # it has one
LONGEST_SITE = 64


class PasswordCount(models.Model):
    """Of one account at one address, or of either alone: then the other is empty."""

    account = models.CharField(max_length=LONGEST_NAME, blank=True)
    address = models.CharField(max_length=LONGEST_SITE, blank=True)
    failures = models.PositiveIntegerField("wrong passwords", default=0)
    failed_at = models.DateTimeField("last wrong password", null=True)
    succeeded_at = models.DateTimeField("last log-in", null=True)
    forgotten_at = models.DateTimeField(default=timezone.now, db_index=True)

    CHANGING: ClassVar = ("failures", "failed_at", "succeeded_at", "forgotten_at")

    class Meta:
        verbose_name = "refused log-in"
        constraints = (
            models.UniqueConstraint(fields=("account", "address"), name="one_count_of_account_and_address"),
        )
        default_permissions = ("view", "delete")

    def __str__(self) -> str:
        return " at ".join(filter(None, (self.account, self.address)))

    def fail(self, now: datetime) -> None:
        """One more."""
        self.failures = domain.failures(self, now) + 1
        self.failed_at = now
        self.forgotten_at = domain.forgotten_at(self, now)

    def take_back(self, failures: int, now: datetime) -> None:
        """So many less."""
        self.failures = max(0, domain.failures(self, now) - failures)
        self.forgotten_at = domain.forgotten_at(self, now)

    def succeed(self, now: datetime) -> None:
        """The account has logged in at the address."""
        self.succeeded_at = now
        self.forgotten_at = domain.forgotten_at(self, now)


class TokenGrant(models.Model):
    """Of one API token: what it is for, what it may, who made it, and when it was last used.

    `scopes` are names of `configuration.scopes.SCOPES`; null, as of tokens made before there were any, is all that the
    account may. A token may never more than its account.
    """

    token = models.OneToOneField(AuthToken, models.CASCADE, primary_key=True, related_name="grant")
    scopes = models.JSONField(null=True)
    purpose = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=LONGEST_NAME, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.purpose


class Bearer(User):
    """An account as whom a program acts with a token that was made for something: that only, even of a superuser."""

    limited_to: frozenset[str] = frozenset()
    """Names of permissions."""

    class Meta:
        proxy = True
        default_permissions = ()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return perm in self.limited_to and super().has_perm(perm, obj)


READ_METRICS = "metrics.read"
"""No permission of Django's: whoever is logged in reads the market, and a token where it was made for it."""


def may_read_metrics(user: Any) -> bool:
    """Where the market is for people who are known only."""
    is_known = bool(user and user.is_authenticated)
    return is_known and (not isinstance(user, Bearer) or READ_METRICS in user.limited_to)

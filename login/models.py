"""Wrong passwords, as they are counted. See `login.domain` for what the counts mean."""

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

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

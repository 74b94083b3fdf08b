"""Counting in the database: the same in all processes, and still so after they are started anew."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from login import domain
from login.exceptions import TooManyGuesses
from login.models import PasswordCount


class Counts(NamedTuple):
    """The three that a guess belongs to."""

    together: PasswordCount
    account: PasswordCount
    address: PasswordCount


def admit(account: str, site: str, now: datetime) -> None:
    """Count a guess as wrong, before anybody looks whether it is: of many at once no more are tried than one by one.

    `site` is where it comes from, as `domain.site` names it. Raises TooManyGuesses, and counts nothing, where it comes
    too early, and Django's Error where the database does not answer: then nobody is let in.
    """
    _refuse_early(_counts(account, site), now)  # costs those who are not tried no write
    PasswordCount.objects.filter(forgotten_at__lte=now).delete()
    with transaction.atomic():
        counts = _locked(account, site)
        _refuse_early(counts, now)
        for count in counts:
            count.fail(now)
        PasswordCount.objects.bulk_update(counts, PasswordCount.CHANGING)


def take_back(account: str, site: str, now: datetime) -> None:
    """The guess was right: all that was counted of the account at this address, with it, counts no more."""
    with transaction.atomic():
        counts = _locked(account, site)
        wrong = domain.failures(counts.together, now)
        for count in counts:
            count.take_back(wrong, now)
        counts.together.succeed(now)
        PasswordCount.objects.bulk_update(counts, PasswordCount.CHANGING)


def let_in(account: str) -> int:
    """Forget all wrong passwords of an account, also those that an address was counted for it; how many counts of
    the account that were."""
    with transaction.atomic():
        counts = PasswordCount.objects.filter(account=account, failures__gt=0)
        for count in counts.exclude(address="").order_by("address"):
            of_address = PasswordCount.objects.filter(account="", address=count.address)
            of_address.update(failures=Greatest(F("failures") - count.failures, 0))
        return counts.update(failures=0)


def let_in_from(site: str) -> int:
    """Forget all wrong passwords from an address; how many counts that were."""
    return PasswordCount.objects.filter(address=site, failures__gt=0).update(failures=0)


def _refuse_early(counts: Counts, now: datetime) -> None:
    if wait := domain.wait(*counts, now):
        raise TooManyGuesses(wait, now)


def _counts(account: str, site: str) -> Counts:
    """As they are; those that are not there count nothing."""
    keys = (account, site), (account, ""), ("", site)
    found = PasswordCount.objects.filter(account__in=("", account), address__in=("", site))
    by_key = {(count.account, count.address): count for count in found}
    return Counts(*(by_key.get(key) or PasswordCount(account=key[0], address=key[1]) for key in keys))


def _locked(account: str, site: str) -> Counts:
    """As they are, each with a row that is ours until the transaction ends. Everybody takes them in the same order."""
    missing = [
        PasswordCount(account=one, address=other)
        for one, other in (("", site), (account, ""), (account, site))
    ]
    PasswordCount.objects.bulk_create(
        missing, update_conflicts=True, unique_fields=["account", "address"], update_fields=["account"]
    )
    return _counts(account, site)

"""How the pages change something: through the services, at the version the person saw, with a reason."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest

from configuration.exceptions import VersionConflict
from configuration.ledger import exclusive
from configuration.services import Author, Source

REASON_LENGTH = 1000
REASON_MISSING = "Say why: the reason is kept with the change."


def author_of(request: HttpRequest, reason: str) -> Author:
    # The pages are for those who are logged in: `page` sees to that.
    return Author(source=Source.ADMIN, user=cast(AbstractBaseUser, request.user), reason=reason)


def reason_in(request: HttpRequest, suggested: str = "") -> str:
    """What the person gave as reason; the suggested one where they were not asked yet."""
    return request.POST.get("_reason", suggested).strip()[:REASON_LENGTH]


def reason_field(said: str, *, missing: bool) -> dict[str, str | int]:
    """What the field shows that asks for the reason (`parts/reason.html`)."""
    return {
        "reason": said,
        "reason_error": REASON_MISSING if missing else "",
        "reason_length": REASON_LENGTH,
    }


@contextmanager
def unchanged(strategy_id: str, seen: Mapping[str | None, int]) -> Iterator[None]:
    """Hold off all other writers; raises VersionConflict when a level is no longer at the version seen."""
    with exclusive() as hold:
        levels = hold.levels(strategy_id)
        for symbol, version in seen.items():
            current = levels.own_version(symbol)
            if current != version:
                raise VersionConflict(version, current)
        yield


def number_in(request: HttpRequest, name: str) -> int:
    """A whole number of the posted form, 0 where it is missing or was tampered with."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0

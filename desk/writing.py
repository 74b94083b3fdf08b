"""How the pages change something: through the services, in the state the person saw, with a reason."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, QueryDict

from configuration.domain.states import NOTHING
from configuration.ledger import exclusive
from configuration.services import Author, Source, require_state
from symbols import capitals

INSTEAD = "instead-"
"""Begins the field that says which symbol is meant by one that nobody knows: another, or that very one."""
ALL_THE_SAME = "confirm_unknown"
"""The field that names symbols which are meant although nobody knows them, parted by blanks."""
REASON_LENGTH = 1000
REASON_MISSING = "Give a reason: it is kept with the change."


def author_of(request: HttpRequest, reason: str) -> Author:
    # The pages are for those who are logged in: `page` sees to that.
    return Author(source=Source.ADMIN, user=cast(AbstractBaseUser, request.user), reason=reason)


def reason_in(request: HttpRequest, suggested: str = "") -> str:
    """What the person gave as reason; the suggested one where they were not asked yet."""
    return request.POST.get("_reason", suggested).strip()[:REASON_LENGTH]


def reason_field(given: str, *, missing: bool) -> dict[str, str | int]:
    """What the field shows that asks for the reason (`parts/reason.html`)."""
    return {
        "reason": given,
        "reason_error": REASON_MISSING if missing else "",
        "reason_length": REASON_LENGTH,
    }


def meant(asked: QueryDict, symbol: str) -> str:
    """What was chosen in the place of a symbol that nobody knows."""
    return asked.get(f"{INSTEAD}{capitals(symbol)}") or symbol


def misspelt_as(asked: QueryDict, symbol: str) -> str:
    """The symbol nobody knows in whose place this one was chosen; empty where it was not."""
    places = (name.removeprefix(INSTEAD) for name in asked if name.startswith(INSTEAD))
    return next((name for name in places if name != symbol and capitals(meant(asked, name)) == symbol), "")


def unanswered(asked: QueryDict, unknown: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Of the symbols nobody knows, with the nearest names, those of which it was not said that they are meant."""
    confirmed = " ".join(asked.getlist(ALL_THE_SAME)).split()
    return {
        symbol: nearest
        for symbol, nearest in unknown.items()
        if symbol not in confirmed and asked.get(f"{INSTEAD}{symbol}") != symbol
    }


@contextmanager
def unchanged(strategy_id: str, seen: Mapping[str | None, str]) -> Iterator[None]:
    """Hold off all other writers; raises VersionConflict when a level is no longer in the state seen, named by tag."""
    with exclusive() as hold:
        levels = hold.levels(strategy_id)
        for symbol, tag in seen.items():
            require_state(levels, symbol, [tag])
        yield


def tag_in(request: HttpRequest, name: str) -> str:
    """The state the posted form was opened at; where it names none, a level that was never set."""
    return request.POST.get(name, NOTHING)

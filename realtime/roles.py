"""What roles are for, in words: permissions as people speak of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Group

from configuration.scopes import SCOPES
from login import rights

SEPARATOR = "; "


@dataclass(frozen=True, slots=True)
class Right:
    """One thing a person may do, and all the permissions it takes."""

    name: str
    words: str
    permissions: frozenset[str]


def _of(app: str, model: str, *verbs: str) -> frozenset[str]:
    return frozenset(f"{app}.{verb}_{model}" for verb in verbs)


EVERY_VERB = ("view", "add", "change", "delete")
RIGHTS = {
    right.name: right
    for right in (
        *(
            Right(scope.name, scope.words.lower(), scope.permissions)
            for scope in SCOPES.values()
            if scope.name != "metrics"
        ),
        Right(
            "people",
            "manage people and roles",
            _of("auth", "user", *EVERY_VERB) | _of("auth", "group", *EVERY_VERB),
        ),
        Right("tokens", "manage service accounts and API tokens", _of("knox", "authtoken", *EVERY_VERB)),
        Right(
            "let_in",
            "let in who has given too many wrong passwords",
            _of("login", "passwordcount", "view", "delete"),
        ),
    )
}


def held(permissions: Iterable[str]) -> list[str]:
    """Names of the rights that these permissions make, all of each."""
    given = set(permissions)
    return [right.name for right in RIGHTS.values() if right.permissions <= given]


def in_words(permissions: Iterable[str]) -> str:
    """A sentence: what somebody with these permissions may do."""
    given = set(permissions)
    words = [
        right.words if right.permissions <= given else f"{right.words} (in part)"
        for right in RIGHTS.values()
        if right.permissions & given
    ]
    return f"May {SEPARATOR.join(words)}." if words else "May see the home page and the markets."


def set_rights(role: Group, names: Iterable[str]) -> None:
    """Give a role these rights and no other; what belongs to none, or is held in part, stays."""
    every = (right.permissions for right in RIGHTS.values())
    rights.set_rights(role, (RIGHTS[name].permissions for name in names), every)

"""What API tokens can be made for, in words for people and as the permissions it takes.

A request with a token may what its account may, and of that only what the token was made for.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from configuration.exceptions import NotPermitted
from configuration.permissions import (
    ACKNOWLEDGE,
    ADD,
    CHANGE,
    CHANGE_CHANNELS,
    CHANGE_RULES,
    DELETE,
    HALT,
    RESUME,
    SILENCE,
    VIEW,
    VIEW_ALERTS,
)
from login.models import READ_METRICS, Bearer


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing a program does; `lets` explains at more length what that is."""

    name: str
    words: str
    lets: str
    permissions: frozenset[str]


SCOPES = {
    scope.name: scope
    for scope in (
        Scope(
            "metrics",
            "Read metrics and signals",
            "Order-book figures, history and signals, by REST and WebSocket. Changes nothing.",
            frozenset({READ_METRICS}),
        ),
        Scope(
            "read",
            "Read configuration and its history",
            "Every value, where it comes from, who changed it and why; the parameters behind signals. Changes nothing.",
            frozenset({VIEW}),
        ),
        Scope(
            "change",
            "Change configuration",
            "Set, remove and roll back what strategies run on, for all symbols or one.",
            frozenset({ADD, CHANGE, DELETE}),
        ),
        Scope(
            "halt",
            "Halt signals",
            "Stop what strategies send: all of it, one strategy, or one symbol.",
            frozenset({HALT}),
        ),
        Scope("resume", "Resume signals", "Let halted strategies send again.", frozenset({RESUME})),
        Scope(
            "alerts",
            "Read alerts",
            "What fires and what fired, and the rules it fires by. Changes nothing.",
            frozenset({VIEW_ALERTS}),
        ),
        Scope(
            "acknowledge",
            "Acknowledge alerts",
            "Say that somebody looks after an alert that fires.",
            frozenset({ACKNOWLEDGE}),
        ),
        Scope(
            "silence",
            "Silence alerts",
            "Have nobody told of what fires for a while, and end that.",
            frozenset({SILENCE}),
        ),
        Scope(
            "rules",
            "Change alert rules",
            "Make, change and delete the rules that alerts fire by.",
            frozenset({CHANGE_RULES}),
        ),
        Scope(
            "channels",
            "Change channels of alerts",
            "Say where alerts are told, and send tests there. What is secret of them is shown to nobody.",
            frozenset({CHANGE_CHANNELS}),
        ),
    )
}
READING = ("metrics", "read")
"""What the command makes a token of a new account for unless others are named."""


def permissions_of(names: Iterable[str]) -> frozenset[str]:
    """All that these take; a name that is no longer known takes nothing."""
    return frozenset().union(*(SCOPES[name].permissions for name in names if name in SCOPES))


def within_rights(user: Any) -> list[Scope]:
    """The scopes of which `user` may at least a part, in order: a token for more would be of no use."""
    return [
        scope
        for scope in SCOPES.values()
        if scope.name == "metrics" or any(map(user.has_perm, scope.permissions))
    ]


def wholly_within_rights(user: Any) -> list[Scope]:
    """The scopes of which `user` may all, in order: what they may give to a service account they make."""
    return [
        scope
        for scope in SCOPES.values()
        if scope.name == "metrics" or user.has_perms(sorted(scope.permissions))
    ]


def in_words(names: Iterable[str] | None) -> str:
    """For people: what a token was made for."""
    if names is None:
        return "all its account may"
    wanted = set(names)
    return "; ".join(scope.words.lower() for scope in SCOPES.values() if scope.name in wanted) or "nothing"


def limited(user: Any, names: Iterable[str] | None) -> Any:
    """`user`, as whom a token acts that was made for `names`; None is all the user may."""
    if names is not None:
        user.__class__ = Bearer
        user.limited_to = permissions_of(names)
    return user


def open_to(user: Any) -> list[Scope]:
    """What `user` may, with the token they come with, in order."""
    return [
        scope
        for scope in within_rights(user)
        if not isinstance(user, Bearer) or scope.permissions & user.limited_to
    ]


def does(permission: str) -> str:
    """What a permission is for, as it follows "may": one that a scope takes."""
    scope = next(scope for scope in SCOPES.values() if permission in scope.permissions)
    return scope.words[:1].lower() + scope.words[1:]


def refusal(user: Any, wanted: Collection[str]) -> NotPermitted:
    """Why `user`, who has none of the permissions `wanted`, may not."""
    scope = next(scope for scope in SCOPES.values() if scope.permissions & set(wanted))
    does = scope.words.lower()
    if isinstance(user, Bearer) and not user.limited_to & set(wanted):
        sentence = f"This token was not made for it: it takes the scope {scope.name} ({does})."
        return NotPermitted(sentence, {"scope": scope.name})
    sentence = f"The account {user.get_username()} may not do this ({does}). An administrator can grant it."
    return NotPermitted(sentence, {"right": scope.name})

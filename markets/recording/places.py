"""Whose frames come on a subject: of which place, and of which symbol a change."""

import re
from functools import lru_cache
from typing import NamedTuple

from markets.recording.names import MIXED, PLACE

LONGEST_PLACE = 40
_PLACE = re.compile(PLACE)
_NAME = r"[^\s.*>]+"
_PATTERN = re.compile(rf"(?:(?:\*|{_NAME})\.)*(?:\*|>|{_NAME})")
CHANGES = "diff"


class Origin(NamedTuple):
    """`symbol` is the one of which the subject brings changes and whole books, empty for everything else."""

    place: str
    symbol: str = ""


def origin_of(subject: str) -> Origin:
    """`market.<place>.<kind>.<SYMBOL>`; other subjects name no place."""
    first, place, kind, symbol = (subject.split(".", 3) + [""] * 4)[:4]
    if first != "market" or not kind or len(place) > LONGEST_PLACE or not _PLACE.fullmatch(place):
        return Origin(MIXED)
    return Origin(place, symbol if kind == CHANGES and place != MIXED else "")


def is_pattern(text: str) -> bool:
    """Can it be subscribed to?"""
    return _PATTERN.fullmatch(text) is not None


def matches(pattern: str, subject: str) -> bool:
    """Does who subscribes to the pattern hear what comes on the subject?"""
    words, tokens = pattern.split("."), subject.split(".")
    if words[-1] == ">":
        words.pop()
        if len(tokens) <= len(words):
            return False
    elif len(words) != len(tokens):
        return False
    return all(word in ("*", token) for word, token in zip(words, tokens, strict=False))


@lru_cache(50_000)
def first_to_hear(patterns: tuple[str, ...], subject: str) -> str:
    """Of patterns that match the subject the first: NATS delivers a message once for each of them."""
    return next(each for each in patterns if matches(each, subject))

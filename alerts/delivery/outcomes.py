"""What became of an attempt, in words without secrets."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from alerts.models import ANSWER_LENGTH

LEAST_SECRET = 6
"""What is shorter is no secret, and would take harmless words out of answers."""


class Outcome(NamedTuple):
    """Was it taken, what was answered, and for how many seconds does the receiver ask to be left alone?"""

    is_delivered: bool
    answer: str
    pause: float = 0.0


def scrubbed(text: str, *secrets: str) -> str:
    """A line of at most ANSWER_LENGTH characters, without the secrets or any part of their paths."""
    for part in sorted({each for secret in secrets for each in parts(secret)}, key=len, reverse=True):
        text = text.replace(part, "…")
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= ANSWER_LENGTH else f"{line[: ANSWER_LENGTH - 1]}…"


def parts(secret: str) -> Iterator[str]:
    """A secret, and of a URL everything but scheme and host, each as it is written and as it is meant."""
    pieces = [secret]
    if "://" in secret:
        rest = secret.partition("://")[2]
        url = urlsplit(secret)
        is_web = url.scheme in ("http", "https")
        beyond = rest.partition("/")[2] if is_web and "@" not in rest.partition("/")[0] else rest
        pieces += [beyond, *re.split(r"[/?&=#:@]", beyond)]
    for piece in pieces:
        for form in (piece, unquote(piece)):
            if len(form) >= LEAST_SECRET:
                yield form

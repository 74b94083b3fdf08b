"""Which subjects a journal is of: each message once."""

from collections.abc import Iterable

ONE, ALL = "*", ">"


def captured(patterns: Iterable[str]) -> list[str]:
    """Patterns that match whatever one of `patterns` does, and none of which overlaps with another.

    JetStream allows no others. Of two that overlap becomes one that covers both, and maybe more than both.
    Raises ValueError, with a sentence, where one would match every inbox: the journal would hear itself being read.
    """
    found: list[str] = []
    for pattern in patterns:
        if pattern.split(".")[0] in (ONE, ALL):
            raise ValueError(
                f"{pattern} matches whatever is said on NATS, and of all of that no journal is kept."
            )
        while other := next((each for each in found if overlap(each, pattern)), None):
            found.remove(other)
            pattern = _covering(other, pattern)
        found.append(pattern)
    return sorted(found)


def overlap(one: str, other: str) -> bool:
    """Is there a subject that both match?"""
    ones, others = one.split("."), other.split(".")
    for mine, yours in zip(ones, others, strict=False):
        if ALL in (mine, yours):
            return True
        if mine != yours and ONE not in (mine, yours):
            return False
    return len(ones) == len(others)


def _covering(one: str, other: str) -> str:
    words: list[str] = []
    for mine, yours in zip(one.split("."), other.split("."), strict=False):
        if ALL in (mine, yours):
            return ".".join([*words, ALL])
        words.append(mine if mine == yours else ONE)
    return ".".join(words)

"""The state a level is in, and the tag by which a client says which one it has seen.

A tag names the level and, behind it, what the level inherits: `own:7;global:2;9f2c1a77d0b3e4f5`. Its first part alone,
`own:7`, names the level whatever it inherits.
"""

import hashlib
from dataclasses import dataclass

import msgspec

from configuration.domain.resolution import Resolution

DELETED = "deleted:"
OWN = "own:"
SEPARATOR = ";"


NOTHING = "own:0"
"""The tag of a level that was never set."""


@dataclass(frozen=True, slots=True)
class LevelState:
    """What became of a level: nothing yet (version 0), set at a version, or deleted by one."""

    version: int
    is_set: bool

    def __str__(self) -> str:
        return str(self.version) if self.is_set or not self.version else f"{DELETED}{self.version}"

    @property
    def tag(self) -> str:
        """The name of this state alone."""
        return f"{OWN}{self}"

    @property
    def sentence(self) -> str:
        """In words, of a level."""
        if not self.version:
            return "sets nothing of its own"
        return f"is at version {self.version}" if self.is_set else f"was deleted as version {self.version}"


def whole_tag(own: LevelState, above: LevelState | None, resolution: Resolution) -> str:
    """The tag of a level over the global one (None: it is the global one), and over environment and defaults,
    which a restart may change: they are identified by a digest of what is in force and of where it comes from."""
    in_force = msgspec.json.encode([resolution.values, resolution.provenance], order="sorted")
    digest = hashlib.sha256(in_force).hexdigest()[:16]
    inherited = [f"global:{above}"] if above else []
    return SEPARATOR.join([own.tag, *inherited, digest])


def own_part(tag: str) -> str:
    """What a tag says of the level itself."""
    return tag.partition(SEPARATOR)[0]


def names_no_row(tag: str) -> bool:
    """Does a tag name a level that holds nothing, since it was never set, or deleted?"""
    return own_part(tag) == NOTHING or own_part(tag).startswith(f"{OWN}{DELETED}")


def version_in(tag: str) -> int:
    """The version of the level a tag was made at, 0 where it names none."""
    digits = own_part(tag).removeprefix(OWN).removeprefix(DELETED)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0

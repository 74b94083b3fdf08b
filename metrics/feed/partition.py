"""Which share of the symbols a process owns."""

import re
from typing import Protocol
from zlib import crc32

import msgspec


class Share(Protocol):
    """Some of the symbols."""

    def owns(self, symbol: str) -> bool:
        """Is `symbol` of this share?"""


class Partition(msgspec.Struct, frozen=True):
    """Share `index` of `count`: the symbols whose CRC-32 falls there."""

    index: int = 0
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Partition":
        """From "i/n", 0 <= i < n; raises ValueError with a sentence."""
        found = re.fullmatch(r"(\d+)/(\d+)", text)
        if not found or not int(found[1]) < int(found[2]):
            raise ValueError(
                f"a partition is written i/n with i from 0 to n-1, for instance 0/4; got {text!r}"
            )
        return cls(int(found[1]), int(found[2]))

    def owns(self, symbol: str) -> bool:
        """Is `symbol` of this share?"""
        return crc32(symbol.encode()) % self.count == self.index

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

"""Where the rows of the ledger would go; it may be away, refuse them, or hang."""

import threading
from collections.abc import Mapping, Sequence

from strategies.domain.signal import Fate
from strategies.ledger.records import Noted


class Rows:
    def __init__(self) -> None:
        self.error: Exception | None = None
        self.fates: dict[str, Fate] = {}
        self.noted: list[Noted] = []
        self.parts: list[int] = []
        self.answers = threading.Event()
        self.answers.set()

    def write(self, noted: Sequence[Noted], corrected: Mapping[str, Fate]) -> None:
        self.answers.wait(10)
        if self.error:
            raise self.error
        self.noted.extend(noted)
        self.parts.append(len(noted))
        self.fates |= {each.signal.id: each.fate for each in noted}
        self.fates |= {name: fate for name, fate in corrected.items() if name in self.fates}

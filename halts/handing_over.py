"""What was issued without the database becomes part of its record, once.

Strategy processes hand over what they apply; a web process what stands in the file of its machine, where no strategy
process may run.
"""

from collections.abc import Iterable

from configuration.exceptions import StoreUnavailable
from database.deadline import at_most
from halts import services
from halts.domain import HaltRecord
from halts.emergency_file import EmergencyHalts, emergency_file

ADOPTED_SECONDS = 2.0
"""A database that is slow to record keeps nobody from what comes next."""


def hand_over(records: Iterable[HaltRecord]) -> None:
    """Put on record what can be; raises StoreUnavailable."""
    with at_most(ADOPTED_SECONDS):
        services.adopt(list(filter(services.is_issuable, records)))


class FileOfThisMachine:
    """Looked at again and again by a process that applies no halts itself."""

    def __init__(self, file: EmergencyHalts | None = None) -> None:
        self._file = file or emergency_file()
        self._handed_over: set[HaltRecord] = set()

    def hand_over_once(self) -> None:
        """What is new in it, where the database takes it; else it is tried again."""
        self._file.refresh()
        if not self._handed_over.issuperset(self._file.records):
            try:
                hand_over(self._file.records)
            except StoreUnavailable:
                return
        self._handed_over = set(self._file.records)

"""Halts issued without the database, in a file that every strategy process of the machine watches.

<STATE_DIR>/strategies/halts.json      halts and resumptions issued while it was away
"""

import logging
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

import msgspec
from django.conf import settings
from msgspec.structs import replace

from configuration.domain.problems import InvalidValue
from configuration.domain.symbols import parse_symbol
from halts.domain import HaltRecord, newest
from state_dir import locked, write_whole

logger = logging.getLogger(__name__)


class EmergencyHalts:
    """Halts and resumptions issued without the database: the last word about each scope.

    A resumption dated after the file was written cannot have been issued, and is left out; so is what names no symbol.
    What could not be written is kept here, and written with the next word that can be.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "halts.json"
        self._seen: tuple[int, int] | None = None
        self._logged = ""
        self._unwritten: list[HaltRecord] = []
        self.records: list[HaltRecord] = []

    def refresh(self) -> bool:
        """Read the file where it is another one than last time; True where the records changed."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            self._log(error)
            return False
        if (seen := (status.st_mtime_ns, status.st_ino)) == self._seen:
            return False
        before, self.records = self.records, _last_words(self._read(), self._unwritten)
        self._seen = seen
        return before != self.records

    def add(self, *issued: HaltRecord) -> None:
        """Put records in, each unless a newer one about its scope is there; raises OSError."""
        self._unwritten = _last_words(self._unwritten, issued)
        self.records = _last_words(self.records, issued)
        with locked(self._path):
            records = _last_words(self._read(), self._unwritten)
            write_whole(self._path, msgspec.json.encode(records))
        self._unwritten = []
        self.refresh()

    def replace(self, records: Mapping[HaltRecord, HaltRecord]) -> None:
        """Put other records in the place of those that are still there; raises OSError."""
        with locked(self._path):
            write_whole(
                self._path, msgspec.json.encode([records.get(record, record) for record in self._read()])
            )
        self.refresh()

    def _read(self) -> list[HaltRecord]:
        """What the file holds; what is known already where it cannot be read."""
        try:
            written_at = self._path.stat().st_mtime
            records = msgspec.json.decode(self._path.read_bytes(), type=list[HaltRecord])
            issued = [record for record in records if record.halted or not record.is_ahead(written_at)]
            return [
                replace(record, symbol=symbol)
                for record in issued
                if (symbol := _symbol_of(record)) is not None
            ]
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            self._log(error)
            return self.records

    def _log(self, error: Exception) -> None:
        if str(error) != self._logged:
            self._logged = str(error)
            logger.error("emergency_halts_unreadable %s: %s; what is known goes on", self._path, error)


def _last_words(*issued: Iterable[HaltRecord]) -> list[HaltRecord]:
    return list(newest(chain.from_iterable(issued)).values())


def emergency_file() -> EmergencyHalts:
    """The file of this machine."""
    return EmergencyHalts(settings.STATE_DIR / "strategies")


def _symbol_of(record: HaltRecord) -> str | None:
    """The symbol it is about, empty for all; None, and logged, where a hand has written what is none."""
    try:
        return parse_symbol(record.symbol) if record.symbol else ""
    except InvalidValue as refusal:
        logger.error("emergency_halt_not_understood %s: %s", record.actor, refusal)
        return None

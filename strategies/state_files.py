"""What a strategy process keeps on disk, so that it can start, and be halted, without the database.

    <STATE_DIR>/strategies/last_known_good.json    the newest state the database has given
    <STATE_DIR>/strategies/halts.json              halts and resumptions said while it was away

Processes on one machine share both. Files are replaced whole, so that no reader ever sees half of one. They are their
owner's alone; what root writes belongs to whom the directory belongs to, whose processes are to read it.
"""

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec
from msgspec.structs import replace

from configuration.domain.halts import HaltRecord, newest
from configuration.domain.problems import Refused
from configuration.domain.symbols import parse_symbol
from strategies.configuration_source import Loaded

logger = logging.getLogger(__name__)


class LastKnownGood:
    """The newest state the database has given."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "last_known_good.json"

    def load(self) -> Loaded | None:
        """None where there is none, or none that can be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Loaded)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            logger.error("last_known_good_unreadable %s: %s", self._path, error)
            return None

    def save(self, loaded: Loaded) -> None:
        """Replace it; raises OSError."""
        _replace(self._path, msgspec.json.encode(loaded))


class EmergencyHalts:
    """Halts and resumptions said without the database: the last word about each scope.

    A resumption dated after the file was written cannot have been said, and is left out; so is what is about no symbol.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "halts.json"
        self._seen: tuple[int, int] | None = None
        self._told = ""
        self.records: list[HaltRecord] = []

    def refresh(self) -> bool:
        """Read the file where it is another one than last time; True where the records changed."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return False
        except OSError as error:
            self._tell(error)
            return False
        if (seen := (status.st_mtime_ns, status.st_ino)) == self._seen:
            return False
        before, self.records = self.records, self._read()
        self._seen = seen
        return before != self.records

    def add(self, record: HaltRecord) -> None:
        """Put a record in, unless a newer one about its scope is there; raises OSError."""
        with self._locked():
            records = list(newest([*self._read(), record]).values())
            _replace(self._path, msgspec.json.encode(records))
        self.refresh()

    def replace(self, records: Mapping[HaltRecord, HaltRecord]) -> None:
        """Put other records in the place of those that are still there; raises OSError."""
        with self._locked():
            _replace(
                self._path, msgspec.json.encode([records.get(record, record) for record in self._read()])
            )
        self.refresh()

    def _read(self) -> list[HaltRecord]:
        """What the file holds; what is known already where it cannot be read."""
        try:
            written_at = self._path.stat().st_mtime
            records = msgspec.json.decode(self._path.read_bytes(), type=list[HaltRecord])
            said = [record for record in records if record.halted or not record.is_ahead(written_at)]
            return [
                replace(record, symbol=symbol)
                for record in said
                if (symbol := _symbol_of(record)) is not None
            ]
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            self._tell(error)
            return self.records

    def _tell(self, error: Exception) -> None:
        if str(error) != self._told:
            self._told = str(error)
            logger.error("emergency_halts_unreadable %s: %s; what is known goes on", self._path, error)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        _make_directory(self._path.parent)
        lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(lock):
            _hand_over(lock, self._path.parent)
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _symbol_of(record: HaltRecord) -> str | None:
    """The symbol it is about, empty for all; None, and logged, where a hand has written what is none."""
    try:
        return parse_symbol(record.symbol) if record.symbol else ""
    except Refused as refusal:
        logger.error("emergency_halt_not_understood %s: %s", record.actor, refusal)
        return None


def _replace(path: Path, content: bytes) -> None:
    _make_directory(path.parent)
    with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            _hand_over(file.fileno(), path.parent)
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        finally:
            Path(file.name).unlink(missing_ok=True)  # whatever went wrong; it has another name if nothing did


def _make_directory(directory: Path) -> None:
    """It and the one above it, STATE_DIR, for their owner alone."""
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        _hand_over(directory, directory.parent)


def _hand_over(file: int | Path, beside: Path) -> None:
    """Where root writes, give it to the owner of what it stands in."""
    if os.geteuid() == 0:
        owner = beside.stat()
        os.chown(file, owner.st_uid, owner.st_gid)

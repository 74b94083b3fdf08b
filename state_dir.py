"""What processes keep on disk: each file replaced whole, so that no reader ever sees half of one.

Files and directories are their owner's alone. What root writes belongs to whom the directory belongs to, whose
processes are to read it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic, sleep

LOCK_SECONDS = 0.3
LOOK_SECONDS = 0.01


def write_whole(path: Path, content: bytes) -> None:
    """Put a new file in the place of the old one; raises OSError, and then the old one stands."""
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


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The only one to write `path` in the block, of all processes; raises OSError, also where one holds it for long."""
    _make_directory(path.parent)
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(lock):
        _hand_over(lock, path.parent)
        take(lock)
        yield


def take(lock: int) -> None:
    """Lock an open file for us alone; BlockingIOError where somebody holds it for long, or is frozen while he does."""
    ends = monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > ends:
                raise
            sleep(LOOK_SECONDS)
        else:
            return


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
        if isinstance(file, int):
            os.fchown(file, owner.st_uid, owner.st_gid)
        else:
            os.chown(file, owner.st_uid, owner.st_gid, follow_symlinks=False)

"""What a strategy process keeps on disk, so that it can start without the database.

    <STATE_DIR>/strategies/last_known_good.json    the newest state the database has given

Processes on one machine share it.
"""

import logging
from pathlib import Path

import msgspec

from state_dir import write_whole
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
        write_whole(self._path, msgspec.json.encode(loaded))

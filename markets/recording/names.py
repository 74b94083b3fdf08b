"""How recordings are called that `record_market` makes: `binance-usdm_20261128T130000.000000Z.raw`.

First the place its frames are from, as subjects name it (`market.binance-usdm.…`), then when it begins, in UTC.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

PLACE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MIXED = "mixed"
"""Of frames whose subject names no place."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NAME = re.compile(rf"(?P<place>{PLACE})_(?P<begin>\d{{8}}T\d{{6}}\.\d{{6}}Z)\.raw")


class RecordedName(NamedTuple):
    """`begin` sorts as time does."""

    place: str
    begin: str

    def __str__(self) -> str:
        return f"{self.place}_{self.begin}.raw"


def name_of(place: str, begin_us: int) -> RecordedName:
    """Of a recording that begins so many microseconds after the epoch."""
    return RecordedName(place, f"{EPOCH + timedelta(microseconds=begin_us):%Y%m%dT%H%M%S.%fZ}")


def read_name(name: str) -> RecordedName | None:
    """None for what is called otherwise; what follows the `.raw` does not matter."""
    found = _NAME.match(name)
    return RecordedName(found["place"], found["begin"]) if found else None


def place_named(name: str) -> str | None:
    """The place all frames of a recording are from, None where its name has none."""
    found = read_name(name)
    return found.place if found and found.place != MIXED else None

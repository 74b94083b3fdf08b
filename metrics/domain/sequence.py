"""Which snapshot of a market is newer, where senders restart, race each other and share names."""

from typing import Protocol

from metrics.domain.book import Refused

LOWER_IDS_OF_A_NEW_RUN = 10


class Snapshot(Protocol):
    """A book or a touch: of which market, and its number there."""

    @property
    def market(self) -> str: ...
    @property
    def update_id(self) -> int: ...


class LastSnapshot(Snapshot, Protocol):
    """What must be remembered of the newest accepted snapshot; `lower_ids` counts refusals since."""

    received_at: float
    lower_ids: int


def begins_new_run(last: LastSnapshot, update: Snapshot, now: float, stale_after: float) -> bool:
    """True where the snapshot begins a new run of ids; Refused where it is old or of another market.

    A market that has been silent for `stale_after` seconds may go on with any id, and so may one whose
    ids stay lower ten times in a row: its producer has started over.
    """
    if update.update_id > last.update_id and update.market == last.market:
        return False
    if now - last.received_at > stale_after:
        return True
    if update.market != last.market:
        raise Refused("market_mismatch")
    if update.update_id < last.update_id:
        last.lower_ids += 1
        if last.lower_ids >= LOWER_IDS_OF_A_NEW_RUN:
            return True
    raise Refused("out_of_date")

"""Which snapshot of a market is newer, where senders restart, race each other, stutter and come twice.

    above the last one          news
    equal to it                 the same snapshot again: no news, however often and however long
    among the last 1,000        a copy, as a second connection brings it: no sign of anything
    lower, never accepted       old, unless a new run begins: the producer has started over

A new run begins with a lower id when ten different ones have come in a row, when nothing at all has come for
`stale_after` seconds, or when for so long nothing but lower, never accepted ids has come, at least two.
"""

from array import array

from metrics.domain.book import Refused

LOWER_IDS_OF_A_NEW_RUN = 10
LOWER_IDS_AFTER_A_WHILE = 2
REMEMBERED = 1_000
NEVER = float("-inf")
NO_ID = -1


class Ids:
    """The ids of one sequence of snapshots. Times are seconds since the epoch.

    `accepted_at` is when news arrived last, `heard_at` when anything else that was sound did. More ids are kept than
    are remembered until `tidy` is called.
    """

    __slots__ = ("accepted_at", "heard_at", "last_id", "lower", "recent", "repeated_at")

    def __init__(self) -> None:
        self.last_id = NO_ID
        self.heard_at = self.accepted_at = self.repeated_at = NEVER
        self.recent: array[int] = array("q")
        self.lower: set[int] | None = None

    def accept(self, number: int, now: float) -> None:
        """`number` is the last one from now on."""
        self.last_id, self.accepted_at = number, now
        self.recent.append(number)
        self.lower = None

    def begins_new_run(self, number: int, now: float, stale_after: float) -> bool:
        """Whether a snapshot that is received at `now` begins a new run; False for one that goes on with the old.

        Raises Refused for one that is no news: "repeated", "out_of_date".
        """
        if number > self.last_id:
            return False
        heard_at, self.heard_at = max(self.heard_at, self.accepted_at), now
        if number != self.last_id and now - heard_at > stale_after:
            return True
        if number == self.last_id or number in self.recent[-REMEMBERED:]:
            self.repeated_at = now
            raise Refused("repeated")
        self.lower = {number} if self.lower is None else self.lower | {number}
        alone_since = max(self.accepted_at, self.repeated_at)
        if len(self.lower) >= LOWER_IDS_OF_A_NEW_RUN:
            return True
        if len(self.lower) >= LOWER_IDS_AFTER_A_WHILE and now - alone_since > stale_after:
            return True
        raise Refused("out_of_date")

    def tidy(self) -> None:
        """Forget the ids that are too many to be remembered."""
        if len(self.recent) > REMEMBERED:
            del self.recent[:-REMEMBERED]

    def take_back(self, *, everything: bool) -> None:
        """Forget the last id, or all of them."""
        del self.recent[0 if everything else -1 :]
        self.last_id = self.recent[-1] if self.recent else NO_ID
        self.lower = None

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

    `accepted_at` is when news arrived last, `heard_at` when anything else that was sound did. `lower` has the lower,
    never accepted ids since then, each with when it came last. More ids are kept than are remembered until `tidy`.
    """

    __slots__ = ("accepted_at", "heard_at", "last_id", "lower", "recent", "repeated_at")

    def __init__(self) -> None:
        self.last_id = NO_ID
        self.heard_at = self.accepted_at = self.repeated_at = NEVER
        self.recent: array[int] = array("q")
        self.lower: dict[int, float] | None = None

    def accept(self, number: int, now: float) -> None:
        """`number` is the last one from now on."""
        self.last_id, self.accepted_at = number, now
        self.recent.append(number)
        self.lower = None

    def tidy(self) -> None:
        """Forget the ids that are too many to be remembered."""
        if len(self.recent) > REMEMBERED:
            del self.recent[:-REMEMBERED]

    def begins_new_run(self, number: int, now: float, stale_after: float) -> bool:
        """Whether a snapshot that is received at `now` begins a new run; False for one that goes on with the old.

        Raises Refused for one that is no news: "repeated", "out_of_date".
        """
        if number > self.last_id:
            return False
        heard_at = max(self.heard_at, self.accepted_at)
        self.heard_at = max(heard_at, now)
        if number != self.last_id and now - heard_at > stale_after:
            return True
        if number == self.last_id or number in self.recent[-REMEMBERED:]:
            self.repeated_at = max(self.repeated_at, now)
            raise Refused("repeated")
        lower = self.lower = {**(self.lower or {}), number: now}
        if len(lower) >= LOWER_IDS_OF_A_NEW_RUN:
            return True
        alone_since = max(self.accepted_at, self.repeated_at)
        if now - alone_since > stale_after:
            alone = [at for at in lower.values() if at > alone_since]
            if len(alone) >= LOWER_IDS_AFTER_A_WHILE:
                return True
        raise Refused("out_of_date")

    def steps_back(self) -> None:
        """What comes next has waited: it was received before others, whose times stay known."""
        self.heard_at = max(self.heard_at, self.accepted_at)
        self.repeated_at = max(self.repeated_at, self.accepted_at)

    @property
    def id_before(self) -> int:
        """The id that was accepted before the last one."""
        return self.recent[-2] if len(self.recent) > 1 else NO_ID

    def return_to(self, number: int) -> None:
        """Take back what was accepted after `number`; after NO_ID, all."""
        while self.recent and self.recent[-1] != number:
            self.recent.pop()
        self.last_id = number

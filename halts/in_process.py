"""What a strategy process does with everything it hears about halts.

The record, the file of the machine and the bus are heard; what follows is decided in `halts.domain.Issued`. A halt
heard on the bus is applied, kept in the file and handed over to the record. A resumption heard there counts only
while the database does not answer, and is forgotten when it does: its record decides.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from time import time

import msgspec
from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from configuration.exceptions import ConfigurationError, StoreUnavailable
from halts.domain import MOST_AT_ONCE, HaltRecord, Halts, Issued, newest
from halts.emergency_file import EmergencyHalts
from halts.handing_over import hand_over
from halts.services import require_issuable

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 8_192  # bytes
MOST_SYMBOLS = 1_000
"""Halts of single symbols that are not on record yet. Wider ones are few, and always heard."""
MOST_A_SECOND = 20
"""After MOST_AT_ONCE, which one halt may have."""
REPEATED_SECONDS = 1.0


class AppliedHalts:
    """Holds what was issued, and calls `apply` whenever something else follows from it.

    `wake` asks for the database to be asked at once. `errors` counts what was heard and not understood.
    """

    def __init__(
        self,
        file: EmergencyHalts,
        apply: Callable[[Halts], None],
        wake: Callable[[], None],
        *,
        clock: Callable[[], float] = time,
    ) -> None:
        self.halts = Halts()
        self.errors: Counter[str] = Counter()
        self._file, self._apply, self._wake, self._clock = file, apply, wake, clock
        self._on_record: Sequence[HaltRecord] | None = None
        self._database_answers = False
        self._resumed_on_bus: list[HaltRecord] = []
        self._handed_over: set[HaltRecord] = set()
        self._allowance = Allowance(clock())
        self._file.refresh()
        self._decide()

    # -- What is heard -----------------------------------------------------------------------

    def learn(self, on_record: Sequence[HaltRecord]) -> None:
        """The last word about every scope, as the database has it, or had it when it was last asked."""
        self._on_record = on_record
        self._decide()

    def database_answers(self, answers: bool) -> None:
        """Whether it did just now."""
        if answers:
            self._resumed_on_bus.clear()
        if answers != self._database_answers:
            self._database_answers = answers
            self._decide()

    def watch_once(self) -> None:
        """Look whether somebody on this machine halted or resumed without the database."""
        if self._file.refresh():
            self._decide()
            self._wake()

    def hear(self, message: bytes) -> None:
        """Somebody claims on the bus that something is halted or resumed: anybody who can publish there."""
        try:
            record = self._understood(message)
        except (msgspec.DecodeError, ConfigurationError, ValueError, RecursionError) as error:
            reason = error.in_full if isinstance(error, ConfigurationError) else str(error)
            self._refuse("bad_halt", f"{reason}: {message[:200]!r}")
            return
        if record.halted:
            self._hear_halt(record)
        else:
            logger.warning("resumption_heard %s by %r", record.scope, record.actor)
            self._resumed_on_bus = list(newest([*self._resumed_on_bus, record]).values())[-MOST_SYMBOLS:]
        self._decide()
        self._wake()

    def _understood(self, message: bytes) -> HaltRecord:
        if len(message) > LONGEST_MESSAGE:
            raise ValueError(f"{len(message)} bytes")
        record = msgspec.json.decode(message, type=HaltRecord)
        require_issuable(record)
        if record.is_ahead(self._clock()) and not record.halted:
            raise ValueError("a resumption from the future")
        return record

    def _hear_halt(self, record: HaltRecord) -> None:
        now = self._clock()
        if self.halts.records.get(record.scope) == record:
            return
        known = newest(self._file.records).get(record.scope)
        is_halted = record.scope in self.halts.records
        if known and is_halted and known.halted and 0 <= now - known.at < REPEATED_SECONDS:
            self.errors["repeated_halt"] += 1  # it is halted
            return
        if record.symbol and known is None and not self._has_room(now):
            self._refuse("too_many_halts", f"{record.scope} by {record.actor!r}")
            return
        self._keep(self._dated(record))

    def _has_room(self, now: float) -> bool:
        on_record = self._handed_over.union(self._on_record or [])
        waiting = sum(bool(each.symbol) for each in self._file.records if each not in on_record)
        return waiting < MOST_SYMBOLS and self._allowance.take(now)

    def _refuse(self, kind: str, what: str) -> None:
        self.errors[kind] += 1
        if self.errors[kind] == 1:
            logger.error("%s %s; counted from now on, not logged again", kind, what)

    def _keep(self, record: HaltRecord) -> None:
        try:
            self._file.add(record)
        except OSError as error:
            logger.error("emergency_halt_not_kept %s; it holds, and is written when that can be done", error)

    # -- What follows ------------------------------------------------------------------------

    async def hand_over(self) -> None:
        """What was issued while the database was away becomes part of its log, once."""
        on_record = self._handed_over.union(self._on_record or [])
        news = [record for record in self._file.records if record not in on_record]
        if not news:
            return
        try:
            await database_sync_to_async(hand_over)(news)
        except (DatabaseError, StoreUnavailable, OSError) as error:
            logger.error("emergency_halts_not_recorded %s: %s", type(error).__name__, error)
        else:
            self._handed_over = {*news, *self._handed_over.intersection(self._file.records)}
            self._wake()

    def _decide(self) -> None:
        if self._on_record is not None:  # what was issued last is known
            self._date_what_is_ahead()
        halts = self._issued().halts()
        if halts != self.halts:
            logger.warning("halts_in_force %s", ", ".join(map(str, halts.records)) or "none")
        self.halts = halts
        self._apply(halts)

    def _date_what_is_ahead(self) -> None:
        """Give halts of the file that claim to be from the future a date, and the file, for all who read it."""
        dated = {record: self._dated(record) for record in self._file.records}
        if all(record == now for record, now in dated.items()):
            return
        try:
            self._file.replace(dated)
        except OSError as error:
            logger.error("emergency_halt_not_dated %s; the date holds until this process ends", error)
            self._file.records = list(dated.values())

    def _dated(self, record: HaltRecord) -> HaltRecord:
        now = self._clock()
        dated = self._issued().dated(record, now)
        if dated != record:
            ahead = record.at - now
            logger.error(
                "halt_dated_ahead %s by %r: %.0f s; counts from now", record.scope, record.actor, ahead
            )
        return dated

    def _issued(self) -> Issued:
        return Issued(self._on_record, self._file.records, self._resumed_on_bus, self._database_answers)


class Allowance:
    """So many at once, and so many more each second."""

    def __init__(self, now: float) -> None:
        self._left, self._at = float(MOST_AT_ONCE), now

    def take(self, now: float) -> bool:
        """One more, where there is one left."""
        self._left = min(MOST_AT_ONCE, self._left + max(0.0, now - self._at) * MOST_A_SECOND)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

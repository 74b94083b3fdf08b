"""Issuing a halt or a resumption without the database: in the file of this machine, and on NATS.

Strategy processes watch the one and listen to the other. Each keeps what it learns, applies it, and hands it over
to the database when that is back.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time

import msgspec
from django.conf import settings

from halts.domain import HaltRecord, Scope, in_line, newest
from halts.emergency_file import emergency_file
from messaging.bus import NOT_REACHED, flush, reached

logger = logging.getLogger(__name__)
BUS_SECONDS = 1.0  # somebody is waiting to hear that it is halted
STEP_SECONDS = 0.001


@dataclass
class Outcome:
    """Which ways a decision has taken (database, file, NATS), and what went wrong on the others.

    `records` are what it holds, one for each scope; `before` are the halts it found, as far as that is known; `still`
    are those that hold back signals of what was resumed all the same.
    """

    records: Sequence[HaltRecord]
    ways: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_changed: bool = True
    before: Mapping[Scope, HaltRecord] = field(default_factory=dict)
    still: Sequence[HaltRecord] = ()

    @property
    def is_on_record(self) -> bool:
        return "database" in self.ways

    def sentence(self, done: str) -> str:
        """What became of it, for a shell; `done` is "Halted" or "Resumed"."""
        scope = ", ".join(str(record.scope) for record in self.records)
        if not self.ways:
            return f"Nothing has heard it: {scope} is as it was."
        if not self.is_changed:
            return f"There is no halt of {scope}; nothing changed."
        later = "" if self.is_on_record else " It goes on record when the database is back."
        return " ".join([f"{done}: {scope}, by way of {', '.join(self.ways)}.{later}", *self.found()])

    def found(self) -> list[str]:
        """Of each scope that was halted already, what that halt was and what has become of its reason."""
        return [
            found_halted(record, before)
            for record in self.records
            if (before := self.before.get(record.scope)) and record.halted
        ]


def still_halted(halt: HaltRecord) -> str:
    """In a line: a halt that goes on holding."""
    since = datetime.fromtimestamp(halt.began, UTC)
    reason = in_line(" ".join(halt.reason.split()))
    return f"Still halted: {halt.scope}, since {since:%Y-%m-%d %H:%M:%S} UTC, {halt.actor}: “{reason}”"


def found_halted(halt: HaltRecord, before: HaltRecord) -> str:
    """In words: the halt that was there before, and whether its reason is another one now."""
    since = datetime.fromtimestamp(before.began, UTC)
    now = "nothing changed" if halt.reason == before.reason else f"now it is “{halt.reason}”"
    already = f"halted already since {since:%Y-%m-%d %H:%M:%S} UTC"
    return f"{halt.scope}: {already}, {before.actor}: “{before.reason}”; {now}."


class _Known(msgspec.Struct):
    """Of the last known good configuration what is of interest here."""

    halts: list[HaltRecord] = []


def known_here() -> dict[Scope, HaltRecord]:
    """The last word about each scope that this machine has heard of."""
    file = emergency_file()
    file.refresh()
    return newest([*_last_known_good(), *file.records])


def later_than(known: Mapping[Scope, HaltRecord], scopes: Sequence[Scope]) -> list[float]:
    """For each scope now; where a clock was wrong, just after the last word about it that is known."""
    now = time()
    lasts = [known[scope].at + STEP_SECONDS if scope in known else now for scope in scopes]
    return [round(max(now, last), 3) for last in lasts]


def halted_of(known: Mapping[Scope, HaltRecord], scopes: Sequence[Scope]) -> dict[Scope, HaltRecord]:
    """The halts among what is known of these scopes."""
    return {scope: known[scope] for scope in scopes if scope in known and known[scope].halted}


def write_to_file(outcome: Outcome) -> None:
    """To the processes of this machine."""
    try:
        emergency_file().add(*outcome.records)
        outcome.ways.append("file")
    except OSError as error:
        outcome.problems.append(f"file: {error}")


def publish_on_nats(outcome: Outcome, seconds: float = BUS_SECONDS) -> None:
    """To the processes of all machines, within `seconds`."""
    try:
        asyncio.run(asyncio.wait_for(_send(outcome.records), seconds))
        outcome.ways.append("NATS")
    except TimeoutError:
        outcome.problems.append(f"NATS: no answer within {seconds:.1f} s")
    except NOT_REACHED as error:
        outcome.problems.append(f"NATS: not reached ({str(error) or type(error).__name__})")


async def _send(records: Sequence[HaltRecord]) -> None:
    async with reached(settings.NATS_URL, "halt") as client:
        for record in records:
            await client.publish(settings.NATS_TOPIC_HALTS, msgspec.json.encode(record))
        await flush(client)


def _last_known_good() -> list[HaltRecord]:
    path = settings.STATE_DIR / "strategies" / "last_known_good.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Known).halts
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        logger.warning("last_known_good_unreadable %s: %s; the halt is dated by the clock alone", path, error)
        return []

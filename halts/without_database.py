"""Halting and resuming from a shell, whatever is away.

With the database, the change is made there like any other. Without it, it is said on NATS, to processes on
all machines, and written to the file that those on this machine watch; each keeps it, obeys it, and hands
it over to the database when that is back.
"""

import asyncio
from dataclasses import dataclass, field
from time import time

import msgspec
from django.conf import settings

from configuration.exceptions import StoreUnavailable
from configuration.services import Author
from halts import services
from halts.domain import HaltRecord, Scope, newest
from halts.emergency_file import EmergencyHalts
from messaging.bus import NOT_REACHED, flush, reached
from strategies.state_files import LastKnownGood

BUS_SECONDS = 2.0  # somebody is waiting to hear that it is halted
STEP_SECONDS = 0.001


@dataclass
class Outcome:
    """Which ways a halt or a resumption has taken, and what went wrong on the others."""

    ways: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_changed: bool = True


def decide(scope: Scope, *, halted: bool, author: Author) -> Outcome:
    """Halt or resume; raises ValidationFailed without a reason."""
    outcome = Outcome()
    try:
        record = (services.halt if halted else services.resume)(scope, author=author)
    except StoreUnavailable as error:
        outcome.problems.append(f"database: {error}")
        record = HaltRecord(
            **scope._asdict(),
            halted=halted,
            reason=author.reason.strip(),
            actor=author.actor,
            at=_later_than_known(scope),
        )
        if record.is_ahead(time()) and not halted:
            outcome.problems.append(
                "clock: the halt is dated so far ahead that nobody would believe it lifted"
            )
            return outcome
        _write_file(record, outcome)
    else:
        outcome.ways.append("database")
    if record is None:
        outcome.is_changed = False
    else:
        _publish(record, outcome)
    return outcome


def _later_than_known(scope: Scope) -> float:
    """Now; where a clock was wrong, just after the last word about the scope that this machine has heard of."""
    directory = settings.STATE_DIR / "strategies"
    good, file = LastKnownGood(directory).load(), EmergencyHalts(directory)
    file.refresh()
    known = newest([*(good.halts if good else []), *file.records]).get(scope)
    now = time()
    return round(max(now, known.at + STEP_SECONDS) if known else now, 3)


def _write_file(record: HaltRecord, outcome: Outcome) -> None:
    try:
        EmergencyHalts(settings.STATE_DIR / "strategies").add(record)
        outcome.ways.append("file")
    except OSError as error:
        outcome.problems.append(f"file: {error}")


def _publish(record: HaltRecord, outcome: Outcome) -> None:
    try:
        asyncio.run(asyncio.wait_for(_send(record), BUS_SECONDS))
        outcome.ways.append("NATS")
    except TimeoutError:
        outcome.problems.append(f"NATS: no answer within {BUS_SECONDS:g} s")
    except NOT_REACHED as error:
        outcome.problems.append(f"NATS: not told ({str(error) or type(error).__name__})")


async def _send(record: HaltRecord) -> None:
    async with reached(settings.NATS_URL, "halt") as client:
        await client.publish(settings.NATS_TOPIC_HALTS, msgspec.json.encode(record))
        await flush(client)

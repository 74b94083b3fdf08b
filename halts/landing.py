"""How a halt lands, whatever is away or half alive: by every door, within seconds, once on record.

A halt is dated before anything is asked, so that it is the same one on whatever ways it goes. Resuming is not
urgent: it needs the database, or the file of the machine where that is away.
"""

import logging
from collections.abc import Sequence
from threading import Thread
from time import monotonic, sleep, time

from configuration.exceptions import StoreUnavailable
from configuration.ledger import Author
from database.deadline import at_most
from halts import services
from halts.acknowledged import acknowledgements
from halts.domain import HaltRecord, Halts, Scope
from halts.services import OnRecord
from halts.without_database import (
    BUS_SECONDS,
    Outcome,
    known_here,
    later_than,
    publish_on_nats,
    write_to_file,
)

logger = logging.getLogger(__name__)
DATABASE_SECONDS = 2.0
"""How long a halt by REST or admin waits for the database, the log-in included, before it goes without."""
CONFIRMED_SECONDS = 0.6
LOOK_SECONDS = 0.05


def halt(scopes: Sequence[Scope], *, author: Author) -> Outcome:
    """Halt from a web process: by file, NATS and on record, side by side; all of the scopes or none.

    All ways are taken, so that nobody who applies waits for the database, or has to find it again; what is halted
    already is halted all the same, since nobody can be sure of that before it is on record, and no answer says so
    without. Raises ValidationFailed without a reason, StoreUnavailable where nothing took it.
    """
    known = known_here()
    outcome = Outcome(
        [
            services.word(scope, halted=True, author=author, at=at)
            for scope, at in zip(scopes, later_than(known, scopes), strict=True)
        ]
    )
    write_to_file(outcome)
    publishing = Thread(target=publish_on_nats, args=(outcome,), daemon=True)
    publishing.start()
    recorded = _put_on_record(outcome)
    publishing.join(BUS_SECONDS)
    if recorded:
        outcome.records = [each.record for each in recorded]
        outcome.before = {each.record.scope: each.before for each in recorded if each.before}
    if not outcome.ways:
        raise StoreUnavailable(writing=True)
    return outcome


def _put_on_record(outcome: Outcome) -> list[OnRecord]:
    """The halts as they stand on record; none, and logged, where the database does not take them in time."""
    try:
        with at_most(DATABASE_SECONDS):
            recorded = services.put_all_on_record(outcome.records)
    except StoreUnavailable as error:
        scopes = ", ".join(str(record.scope) for record in outcome.records)
        logger.error("halt_without_database %s: %s", scopes, error.__cause__ or error)
        return []
    outcome.ways.append("database")
    return recorded


def resume_from_shell(scope: Scope, *, author: Author) -> Outcome:
    """Resume from a shell: on record, or else by file and NATS. Nothing changes where there is no halt to lift."""
    (at,) = later_than(known_here(), [scope])
    resumption = services.word(scope, halted=False, author=author, at=at)
    outcome = Outcome([resumption])
    try:
        with at_most(DATABASE_SECONDS):
            recorded = services.resume(scope, author=author)
    except StoreUnavailable as error:
        outcome.problems.append(f"database: {error}")
        if resumption.is_ahead(time()):
            outcome.problems.append(
                "clock: the halt is dated so far ahead that nobody would believe it lifted"
            )
            return outcome
        write_to_file(outcome)
        publish_on_nats(outcome)
        outcome.still = Halts(known_here().values()).beside([scope])
        return outcome
    outcome.ways.append("database")
    if recorded is None:
        outcome.is_changed = False
    else:
        outcome.records = [recorded]
        publish_on_nats(outcome)
    outcome.still = _in_force().beside([scope])
    return outcome


def _in_force() -> Halts:
    """On record, or else as far as this machine has heard."""
    try:
        with at_most(DATABASE_SECONDS):
            return services.in_force()
    except StoreUnavailable:
        return Halts(known_here().values())


def confirmed_by(records: Sequence[HaltRecord]) -> list[str]:
    """The strategy processes that apply all these halts by now; those that will do so in a moment are waited for."""
    ends = monotonic() + CONFIRMED_SECONDS
    while True:
        processes = acknowledgements()
        applying = sorted(each.instance for each in processes if set(records) <= set(each.halts))
        if len(applying) == len(processes) or monotonic() > ends:
            return applying
        sleep(LOOK_SECONDS)

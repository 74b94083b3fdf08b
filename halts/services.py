"""The only writer of halts and resumptions.

Admin, REST and commands come here. A halt shares the revision token with the configuration: whoever
polls that sees both. Every function raises StoreUnavailable when the database is away.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from configuration.addressing import require_strategy, well_formed
from configuration.domain.problems import Problem, ProblemCode
from configuration.exceptions import ConfigurationError, StoreUnavailable, ValidationFailed
from configuration.ledger import Author, Hold, exclusive
from configuration.reading import STORE_AWAY
from halts.announcements import announce
from halts.domain import REASON_LENGTH, UNGIVEN, HaltRecord, Halts, Scope, in_line, in_lines
from halts.models import HaltChange, HaltQuerySet
from halts.signals import halts_issued_elsewhere

logger = logging.getLogger(__name__)
STEP = timedelta(milliseconds=1)


def word(scope: Scope, *, halted: bool, author: Author, at: float | None = None) -> HaltRecord:
    """What somebody issues, dated now where `at` is None; raises ValidationFailed without a reason."""
    if not author.reason.strip():
        raise _refused("reason", "is required")
    return HaltRecord(
        **scope._asdict(),
        halted=halted,
        reason=in_lines(author.reason),
        actor=in_line(author.actor),
        at=round(timezone.now().timestamp() if at is None else at, 3),
        changed_by=in_line(author.changed_by),
        source=author.source,
    )


class OnRecord(NamedTuple):
    """A halt as it stands on record, and the one it found there where its scope was halted already."""

    record: HaltRecord
    before: HaltRecord | None


def halt(scope: Scope, *, author: Author) -> HaltRecord:
    """Let no signal of the scope leave from now on.

    What is halted already stays halted since then. Another reason replaces the one that held; the same, whoever gives
    it, changes nothing but when it was last issued. Both are lines of the log.
    """
    return put_on_record(word(scope, halted=True, author=author)).record


def put_on_record(halt: HaltRecord) -> OnRecord:
    """The halt as it stands on record, once, even where it came there by another way in the meantime."""
    return put_all_on_record([halt])[0]


def put_all_on_record(halts: Sequence[HaltRecord]) -> list[OnRecord]:
    """Halts of different scopes, as they then stand on record: all of them, or none."""
    with _decisive() as hold:
        known, there = _newest_of([halt.scope for halt in halts]), _there(halts)
        changes = [_stands_or_commit(halt, known.get(halt.scope), halt in there) for halt in halts]
        _announce(hold, [change.record() for change in changes])
    return [
        OnRecord(change.record(), change.follows.record() if change.follows else None) for change in changes
    ]


def resume(scope: Scope, *, author: Author) -> HaltRecord | None:
    """Lift the halt of exactly this scope; None where there is none. A wider one goes on holding."""
    return next(iter(resume_all([scope], author=author)), None)


def resume_all(scopes: Sequence[Scope], *, author: Author) -> list[HaltRecord]:
    """Lift the halts of exactly these different scopes, all at once; those without one are left out."""
    resumptions = [word(scope, halted=False, author=author) for scope in scopes]
    with _decisive() as hold:
        known = _newest_of(scopes)
        records = [
            _commit(resumption, newest).record()
            for resumption in resumptions
            if (newest := known.get(resumption.scope)) and newest.halted
        ]
        _announce(hold, records)
    return records


def adopt(records: Iterable[HaltRecord]) -> int:
    """Put on record what was issued while the database was away; returns how much of it was news.

    Each keeps the time it was issued at, which decides: where somebody has decided otherwise since, it is part of
    the record and nothing else. The same word may be handed over by several processes, and more than once.
    A resumption that is dated ahead of the clock is refused: it would lift halts that are yet to come.
    """
    with exclusive() as hold:
        return _adopt(hold, records)


def records() -> list[HaltRecord]:
    """The last word about every scope there has ever been one about."""
    with _reading():
        return [change.record() for change in HaltChange.objects.newest()]


def halts_since(since: datetime) -> list[tuple[datetime, Halts]]:
    """What was halted at a moment, and after each word from then on, the earliest first. The first one stands beside
    `since`."""
    with _reading():
        log = HaltChange.objects.select_related("follows").order_by("at", "halted", "pk")
        words = [change.record() for change in log]
    last: dict[Scope, HaltRecord] = {}
    found: list[tuple[datetime, Halts]] = []
    for word in words:
        at = datetime.fromtimestamp(word.at, UTC)
        if at > since and not found:
            found.append((since, Halts(last.values())))
        last[word.scope] = word
        if at > since:
            found.append((at, Halts(last.values())))
    return found or [(since, Halts(last.values()))]


def in_force() -> Halts:
    """What is halted now."""
    return Halts(records())


def reasons(most: int, *, halted: bool) -> list[str]:
    """The last different ones that were given for halting, or for resuming, newest first."""
    with _reading():
        return HaltChange.objects.all().reasons(most, halted=halted)


def scope_of(strategy_id: str | None, symbol: str | None) -> Scope:
    """A checked scope; None or empty is all. Raises StrategyNotFound or ValidationFailed."""
    if strategy_id:
        require_strategy(strategy_id)
    return Scope(strategy_id or "", well_formed(symbol) if symbol else "")


def scopes_of(strategy_id: str | None, symbols: Sequence[str]) -> list[Scope]:
    """A strategy, or all, on each of the symbols, once; without any on all of them. Names every problem there is."""
    scopes: list[Scope] = []
    problems: list[Problem] = []
    for symbol in symbols or [""]:
        try:
            scopes.append(scope_of(strategy_id, symbol))
        except ValidationFailed as refusal:
            problems += refusal.problems
    if problems:
        raise ValidationFailed(problems)
    return list(dict.fromkeys(scopes))


def is_issuable(record: HaltRecord) -> bool:
    """Can somebody have issued it? Where a hand has written what cannot go on record, the rest still does."""
    try:
        require_issuable(record)
    except ConfigurationError as refusal:
        logger.error("halt_not_recorded %s by %r: %s", record.scope, record.actor, refusal.in_full)
        return False
    return True


def require_issuable(record: HaltRecord) -> None:
    """Raise ConfigurationError for a record that nobody can have issued, whoever brings it."""
    if scope_of(record.strategy_id, record.symbol) != record.scope:
        raise _refused("symbol", "is not written like one")
    if not 0 < len(record.reason.strip()) <= len(record.reason) <= REASON_LENGTH:
        raise _refused("reason", f"must have 1 to {REASON_LENGTH} characters")
    if in_lines(record.reason) != record.reason.strip():
        raise _refused("reason", "has control characters")
    for field in ("actor", "changed_by"):
        if in_line(getattr(record, field)) != getattr(record, field):
            raise _refused(field, "has control characters")


def _refused(field: str, why: str) -> ValidationFailed:
    return ValidationFailed([Problem.with_value(field, ProblemCode.INVALID_TYPE, why)])


@contextmanager
def _decisive() -> Iterator[Hold]:
    """The only one to write, with all on record that was issued before."""
    answers = halts_issued_elsewhere.send_robust(sender=HaltChange)
    issued = [record for _, answer in answers if not isinstance(answer, Exception) for record in answer]
    with exclusive() as hold:
        _adopt(hold, issued)
        yield hold


def _adopt(hold: Hold, records: Iterable[HaltRecord]) -> int:
    now = timezone.now().timestamp()
    issued = {
        (*record.scope, datetime.fromtimestamp(record.at, UTC), record.halted): record for record in records
    }
    known = HaltChange.objects.filter(at__in={at for _, _, at, _ in issued})
    for word in known.values_list("strategy_id", "symbol", "at", "halted"):
        issued.pop(word, None)
    adopted = 0
    last = _newest_of([record.scope for record in issued.values()]) if issued else {}
    for (*_, at, halted), record in sorted(issued.items(), key=lambda item: item[1].at):
        if record.is_ahead(now) and not halted:
            logger.error("resumption_refused %s by %s: it is dated ahead", record.scope, record.actor)
            continue
        before = last.get(record.scope)
        change = _store(record, at, before)
        if before is None or (at, halted) > (before.at, before.halted):
            last[record.scope] = change
        adopted += 1
        hold.is_changed = True
    return adopted


def _commit(record: HaltRecord, known: HaltChange | None) -> HaltChange:
    # Later than what stands, whatever the clocks of two hosts show.
    at = datetime.fromtimestamp(record.at, UTC)
    return _store(record, at if known is None else max(at, known.at + STEP), known)


def _stands_or_commit(halt: HaltRecord, known: HaltChange | None, is_there: bool) -> HaltChange:
    return known if is_there and known and known.halted else _commit(halt, known)


def _newest_of(scopes: Sequence[Scope]) -> dict[Scope, HaltChange]:
    """The last word about each of them that there is one about."""
    return {Scope(change.strategy_id, change.symbol): change for change in _about(scopes).newest()}


def _there(halts: Sequence[HaltRecord]) -> set[HaltRecord]:
    """Those that stand on record."""
    about = _about([halt.scope for halt in halts]).filter(halted=True)
    moments = {halt: datetime.fromtimestamp(halt.at, UTC) for halt in halts}
    known = set(about.filter(at__in=set(moments.values())).values_list("strategy_id", "symbol", "at"))
    return {halt for halt, at in moments.items() if (*halt.scope, at) in known}


def _about(scopes: Sequence[Scope]) -> HaltQuerySet:
    strategies, symbols = {scope.strategy_id for scope in scopes}, {scope.symbol for scope in scopes}
    return HaltChange.objects.filter(strategy_id__in=strategies, symbol__in=symbols)


def _announce(hold: Hold, records: list[HaltRecord]) -> None:
    if records:
        hold.is_changed = True
        transaction.on_commit(lambda: announce(records), robust=True)


def _store(record: HaltRecord, at: datetime, known: HaltChange | None) -> HaltChange:
    """A new line of the log; `known` is the last word about its scope, which it follows where both halt."""
    found = known.given if known and record.halted and known.halted and known.at < at else None
    change = HaltChange(
        strategy_id=record.strategy_id,
        symbol=record.symbol,
        halted=record.halted,
        reason=found.reason if found and record.reason == UNGIVEN else record.reason.strip(),
        actor=record.actor,
        changed_by=record.changed_by,
        source=record.source,
        at=at,
        since=(known.since or found.at) if known and found else None,
        follows=found,
    )
    change.save()
    return change


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except STORE_AWAY as error:
        raise StoreUnavailable from error

"""Halts as marks on the rows and books of the market: public, so without who halted and why."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from threading import Lock
from time import monotonic, time

from django.db import connection
from django.utils.text import get_text_list

from configuration.domain.catalogue import CATALOGUE
from configuration.exceptions import StoreUnavailable
from database.deadline import at_most
from halts.domain import HaltRecord, Halts, Scope
from halts.reading import last_known
from metrics.marks import UNMARKED, Mark, Marks

FRESH_SECONDS = 1.0
"""So long nobody asks the database again."""
PATIENCE_SECONDS = 0.25
"""So long whoever has it asked waits for the answer."""
ANSWER_SECONDS = 2.0
"""So long the database has for it."""


def read_halts() -> Halts:
    """The halts last known, on a connection that is not kept."""
    try:
        with at_most(ANSWER_SECONDS):
            return last_known()
    finally:
        connection.close()


class HaltMarks:
    """Those of this process, called by whoever answers. `clock` counts seconds, `now` is the time of day.

    Once a second somebody has the database asked, in a thread of its own: where it keeps silent he waits a little, and
    gets, as everybody meanwhile, what was known last.
    """

    def __init__(
        self,
        read: Callable[[], Halts] = read_halts,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], float] = time,
    ) -> None:
        self._read, self._clock, self._now = read, clock, now
        self._known = Marks()
        self._asker = ThreadPoolExecutor(1, "halt-marks")
        self._answer: Future[None] | None = None
        self._asked_at = 0.0
        self._turn = Lock()

    def __call__(self) -> Marks:
        with self._turn:
            asked = self._asker.submit(self._ask) if self._is_due() else None
            if asked:
                self._answer, self._asked_at = asked, self._clock()
        if asked:
            wait([asked], PATIENCE_SECONDS)
        return self._known

    def _is_due(self) -> bool:
        if self._answer is None:
            return True
        if not self._answer.done() or self._clock() - self._asked_at < FRESH_SECONDS:
            return False
        last, self._answer = self._answer, None
        last.result()  # raises what went wrong and was not the database
        return True

    def _ask(self) -> None:
        try:
            self._known = marks_of(self._read(), self._now())
        except StoreUnavailable:  # and was since the start
            return


def marks_of(halts: Halts, now: float) -> Marks:
    """How these halts mark the symbols, as of `now`."""
    symbols = {symbol for _, symbol in halts.records if symbol}
    return Marks({symbol: _mark(halts, symbol, now) for symbol in symbols}, _mark(halts, "", now))


def _mark(halts: Halts, symbol: str, now: float) -> Mark:
    """The mark of a symbol, or without one that of all symbols no halt names."""
    covered = {strategy_id: halts.covering(strategy_id, symbol) for strategy_id in CATALOGUE}
    halted = {strategy_id: records for strategy_id, records in covered.items() if records}
    if not halted:
        return UNMARKED
    since = max(map(_first, halted.values()))
    if len(halted) == len(covered):
        began = _when(since, now)
        return Mark(True, since, f"Signals halted since {began}.", _reach(halts, symbol, began, now))
    return Mark(False, since, _named(halted, now), "Other strategies go on.")


def _named(halted: Mapping[str, list[HaltRecord]], now: float) -> str:
    """Of which strategies signals are halted, each since when; those with the same time together."""
    names: dict[str, list[str]] = {}
    for strategy_id, records in halted.items():
        names.setdefault(_when(_first(records), now), []).append(CATALOGUE[strategy_id].name)
    (began, first), *others = ((began, get_text_list(each, "and")) for began, each in names.items())
    more = "".join(f", of {each} since {when}" for when, each in others)
    return f"Signals of {first} halted since {began}{more}."


def _first(records: list[HaltRecord]) -> float:
    return min(record.began for record in records)


def _reach(halts: Halts, symbol: str, began: str, now: float) -> str:
    """What no strategy sends, of which the headline says since when: a halt since another time has its own."""
    everything = halts.records.get(Scope())
    own = halts.records.get(Scope("", symbol)) if symbol else None
    if everything and own:
        whole, part = _when(everything.began, now), _when(own.began, now)
        return f"Everything is halted since {whole}, {symbol} since {part}."
    if everything:
        when = _when(everything.began, now)
        since = "" if when == began else f" since {when}"
        return f"Everything is halted{since}: no strategy sends any."
    return f"No strategy sends any about {symbol}." if own else "Every strategy is halted."


def _when(at: float, now: float) -> str:
    moment, today = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(now, UTC).date()
    day = "" if moment.date() == today else f"{moment.day} {moment:%B %Y}, "
    return f"{day}{moment:%H:%M} UTC"

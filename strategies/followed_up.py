"""What the ledger knows of the signals on the page: what became of the price, and of all of a choice on average."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import DatabaseError
from msgspec import UNSET

from database.deadline import at_most
from metrics.pages.freshness import Context
from strategies.domain.outcomes import SPANS, WHY, Outcome
from strategies.domain.signal import KeptSignal
from strategies.ledger.reading import Aftermath, Choice, Place, Tally, aftermaths, page, signals_of, tally

PATIENCE_SECONDS = 1.0
"""The page has the newest signals without the ledger: it does not wait for it long."""
NOT_WRITTEN = "it is not in the ledger, or not yet"
AWAY = "the ledger cannot be asked now"
WORDS = {"1m": "1 min", "5m": "5 min", "15m": "15 min"}


class Move(NamedTuple):
    """How many basis points the price had moved the signal's way after a span, or `why` that is not known."""

    words: str
    bps: float | None
    mid: float | None
    why: str

    @property
    def way(self) -> str:
        """`with` the signal, `against` it, or neither."""
        return "with" if (self.bps or 0) > 0 else "against" if (self.bps or 0) < 0 else ""


def followed_up(signals: Iterable[KeptSignal]) -> dict[str, Context]:
    """Of each signal, by id, its `moves` and the `market` when it was decided, as cells and details show them."""
    ids = [signal.id for signal in signals]
    try:
        with at_most(PATIENCE_SECONDS):
            known = aftermaths(ids)
    except DatabaseError:
        return {each: _unknown(AWAY) for each in ids}
    return {each: _shown(known[each]) if each in known else _unknown(NOT_WRITTEN) for each in ids}


def read_again(ids: Sequence[str]) -> list[KeptSignal]:
    """Signals as the ledger has them by now; none while it is away."""
    try:
        with at_most(PATIENCE_SECONDS):
            return signals_of(ids)
    except DatabaseError:
        return []


def shown_of(signal: KeptSignal) -> Context:
    """The same of a signal that the ledger has listed."""
    if signal.market is UNSET or signal.outcome is UNSET:
        return _unknown(NOT_WRITTEN)
    return _shown(Aftermath(signal.market, signal.outcome))


def _shown(known: Aftermath) -> Context:
    return {"moves": [_move(span, known.outcome[span]) for span in SPANS], "market": known.market}


def of_ledger(choice: Choice, after: Place | None, limit: int) -> tuple[list[KeptSignal], Place | None]:
    """Signals of the ledger and from where to look on; raises DatabaseError."""
    with at_most(PATIENCE_SECONDS):
        return page(choice, after, limit)


def averages(choice: Choice) -> Context:
    """The counts and means of a choice: `tally`, None where the ledger is away, and its `means` as moves."""
    try:
        with at_most(PATIENCE_SECONDS):
            found = tally(choice)
    except DatabaseError:
        return {"tally": None}
    return {"tally": found, "means": _means(found)}


def _means(found: Tally) -> list[tuple[Move, int]]:
    return [(Move(WORDS[span], found.mean_bps[span], None, ""), found.known[span]) for span in SPANS]


def _move(span: str, outcome: Outcome) -> Move:
    return Move(WORDS[span], outcome.bps, outcome.mid, WHY[outcome.unknown] if outcome.unknown else "")


def _unknown(why: str) -> Context:
    return {"moves": [Move(WORDS[span], None, None, why) for span in SPANS], "market": None}

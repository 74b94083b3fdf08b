"""What a replay has shown, in one piece, bounded: what is left out is counted."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from what_if.domain.comparison import KINDS, Kind, Pair, Tally, pairs, tally
from what_if.domain.decided import Decided

MOST_ROWS = 300
MOST_SYMBOLS = 100


class Symbol(msgspec.Struct, frozen=True, kw_only=True):
    """What both decided about one symbol."""

    symbol: str
    in_force: Tally
    proposed: Tally
    kinds: dict[Kind, int]


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger's signals of the span beside those of the replay with what was in force.

    Two are one where symbol and side are, and the moments are no more than a second apart. It `is_poor` where less than
    half of them are in both: then the figures of the answer are of another past than there was.
    """

    ledger: int
    replayed: int
    both: int
    is_poor: bool
    sentence: str


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs, signal by signal and in figures.

    `signals` has up to MOST_ROWS pairs in the order of time, those that differ before the others; where there are more
    they lie evenly among them, and `omitted` is how many are left out. `symbols` are those with the most signals.
    """

    in_force: Tally
    proposed: Tally
    kinds: dict[Kind, int]
    gone: Annotated[Tally, msgspec.Meta(description="Of those in force that the proposal would not bring.")]
    stays: Annotated[Tally, msgspec.Meta(description="Of those in force that it would bring as well.")]
    new: Annotated[Tally, msgspec.Meta(description="Of those that it would bring and which there were not.")]
    symbols: list[Symbol]
    signals: list[Pair]
    omitted: int


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="answer"):
    """What the configuration in force and the proposed one decided over the same messages.

    Times are seconds since the epoch; signals count from `since` on and before `until`.
    """

    id: Annotated[
        str | None,
        msgspec.Meta(description="On record: a change to these values within an hour refers to it."),
    ]
    strategy_id: str
    symbol: str | None
    parameters: dict[str, Any]
    replace: bool
    since: float
    until: float
    warmed_up_from: Annotated[float, msgspec.Meta(description="The first message that was read.")]
    messages: int
    compared: Compared
    agreement: Annotated[
        Agreement | None,
        msgspec.Meta(description="Null over a recording, and where a note says why they are not compared."),
    ]
    notes: Annotated[
        list[str],
        msgspec.Meta(
            description="What limits the answer, in sentences; first why its figures may mislead, where they may."
        ),
    ]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a sweep, and the signals it would have brought."""

    value: Any
    signals: Tally


class Swept(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="sweep"):
    """Signals and outcomes against the values of one parameter."""

    strategy_id: str
    symbol: str | None
    parameter: str
    since: float
    until: float
    messages: int
    in_force: Tally
    steps: list[Step]
    agreement: Agreement | None
    notes: list[str]


def compared(in_force: Sequence[Decided], proposed: Sequence[Decided]) -> Compared:
    """Two runs, signal by signal, and in figures."""
    found = pairs(in_force, proposed)
    differ, alike = (
        [pair for pair in found if pair.kind != "kept"],
        [pair for pair in found if pair.kind == "kept"],
    )
    shown = spread(differ, MOST_ROWS)
    shown += spread(alike, MOST_ROWS - len(shown))
    return Compared(
        in_force=tally(in_force),
        proposed=tally(proposed),
        kinds=_kinds(found),
        gone=tally(pair.in_force for pair in found if pair.in_force and pair.proposed is None),
        stays=tally(pair.in_force for pair in found if pair.in_force and pair.proposed),
        new=tally(pair.proposed for pair in found if pair.proposed and pair.in_force is None),
        symbols=_by_symbol(found),
        signals=sorted(shown, key=lambda pair: pair.at),
        omitted=len(found) - len(shown),
    )


def spread(pairs: Sequence[Pair], most: int) -> list[Pair]:
    """All of them, or so many that lie evenly among them."""
    count = min(len(pairs), most)
    return [pairs[place * len(pairs) // count] for place in range(count)]


def _by_symbol(found: Sequence[Pair]) -> list[Symbol]:
    by_symbol = defaultdict[str, list[Pair]](list)
    for pair in found:
        by_symbol[pair.either.symbol].append(pair)
    symbols = [
        Symbol(
            symbol=symbol,
            in_force=tally(pair.in_force for pair in own if pair.in_force),
            proposed=tally(pair.proposed for pair in own if pair.proposed),
            kinds=_kinds(own),
        )
        for symbol, own in by_symbol.items()
    ]
    return sorted(symbols, key=lambda each: (-each.in_force.signals - each.proposed.signals, each.symbol))[
        :MOST_SYMBOLS
    ]


def _kinds(found: Sequence[Pair]) -> dict[Kind, int]:
    counts = Counter(pair.kind for pair in found)
    return {kind: counts[kind] for kind in KINDS}


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="progress"):
    """How far it has come, from 0 to 1; it has not begun while it waits for others."""

    done: float
    messages: int
    is_waiting: bool = False


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="refusal"):
    """Why there is no answer, in a sentence."""

    sentence: str


Line = Progress | Answer | Swept | Refusal
"""What comes of a question, one after the other; the last one is no progress."""

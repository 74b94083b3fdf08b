"""What a change would have done: the configuration in force and a proposed one over the same past market."""

from typing import Any

import msgspec


class Tally(msgspec.Struct, kw_only=True):
    """So many signals; `mean_bps` after each span ("1m", "5m", "15m") is of the `known` ones, None where none is."""

    signals: int
    buys: int
    sells: int
    halted: int
    known: dict[str, int]
    mean_bps: dict[str, float | None]


class Outcome(msgspec.Struct, kw_only=True):
    """A mid price, how far it had moved the signal's way, or why that is `unknown`."""

    mid: float | None
    bps: float | None
    unknown: str | None


class Decided(msgspec.Struct, kw_only=True):
    """A signal; `at` is seconds since the epoch. One that is `halted` would not have left."""

    at: float
    symbol: str
    action: str
    price: float
    confidence: float
    rationale: str
    version: int
    halted: bool
    market: str
    mid: float | None
    outcome: dict[str, Outcome]


class Pair(msgspec.Struct, kw_only=True):
    """`kind`: "kept", "changed", "moved", "gone" (`proposed` is None) or "new" (`in_force` is None)."""

    kind: str
    in_force: Decided | None
    proposed: Decided | None


class OfSymbol(msgspec.Struct, kw_only=True):
    """Both about one symbol."""

    symbol: str
    in_force: Tally
    proposed: Tally
    kinds: dict[str, int]


class Compared(msgspec.Struct, kw_only=True):
    """Of all signals in figures; of up to 300, those that differ before the others, one by one."""

    in_force: Tally
    proposed: Tally
    kinds: dict[str, int]
    gone: Tally
    stays: Tally
    new: Tally
    symbols: list[OfSymbol]
    signals: list[Pair]
    omitted: int


class Agreement(msgspec.Struct, kw_only=True):
    """The ledger beside what the replay brought with what was in force; where it `is_poor`, the figures of the answer
    are of another past than there was."""

    ledger: int
    replayed: int
    both: int
    is_poor: bool
    sentence: str


class WhatIf(msgspec.Struct, kw_only=True, tag_field="kind", tag="answer"):
    """Signals were judged from `since` on and before `until`, seconds since the epoch. `id` is what a change to these
    values within an hour refers to."""

    id: str | None
    strategy_id: str
    symbol: str | None
    parameters: dict[str, Any]
    replace: bool
    since: float
    until: float
    warmed_up_from: float
    messages: int
    compared: Compared
    agreement: Agreement | None
    notes: list[str]


class Recorded(msgspec.Struct, kw_only=True):
    """A recording: its first and its last frame, in seconds since the epoch, and bytes on disk."""

    name: str
    since: float | None
    until: float | None
    bytes: int

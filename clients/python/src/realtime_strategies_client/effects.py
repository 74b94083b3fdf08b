"""What a change of configuration did: equal spans before and after it. None of it is called the cause."""

from datetime import datetime
from typing import Any

import msgspec


class Signals(msgspec.Struct, kw_only=True):
    """Signals of one side, by state and by side of the book; outcomes by span ("1m", "5m", "15m")."""

    signals: int
    per_hour: float | None
    states: dict[str, int]
    sides: dict[str, int]
    known: dict[str, int]
    mean_bps: dict[str, float | None]


class Market(msgspec.Struct, kw_only=True):
    """The market of one side, by so many minutes."""

    minutes: int
    pressure: float | None
    spread_bps: float | None
    cost_bps: float | None
    volatility_bps: float | None


class Side(msgspec.Struct, kw_only=True):
    """From `start` on, and before `end`."""

    start: datetime
    end: datetime
    signals: Signals
    market: Market


class Comparison(msgspec.Struct, kw_only=True):
    """Either side lasts `seconds` by now, and its `length` ("15m", "1h", "24h") in the end, unless it is `cut_by`
    something; `fills_until` is None once it is over."""

    length: str
    seconds: float
    fills_until: datetime | None
    cut_by: str | None  # "next_change", "previous_change", "ledger" or "many_signals"
    before: Side
    after: Side


class Neighbour(msgspec.Struct):
    """The change of the same level before or after."""

    id: str
    version: int
    at: datetime


class FiredAlert(msgspec.Struct, kw_only=True):
    """It fires while `resolved_at` is None."""

    id: int
    rule: str
    severity: str
    about: str
    fired_at: datetime
    resolved_at: datetime | None


class Sides(msgspec.Struct):
    before: int
    after: int


class Decision(msgspec.Struct, kw_only=True):
    """Another change, a halt or a resumption: `kind` is "change", "halt" or "resume"."""

    kind: str
    at: datetime
    strategy_id: str | None
    strategy: str | None
    symbol: str | None
    actor: str
    reason: str | None
    version: int | None
    change_id: str | None
    changes: dict[str, list[Any]] | None
    labels: dict[str, str] | None


class Nearby(msgspec.Struct, kw_only=True):
    """Within 15 minutes on either side; the newest 50 of each. `alerts` is None for who may not see them."""

    start: datetime
    end: datetime
    fills_until: datetime | None
    alerts: list[FiredAlert] | None
    alerts_counted: Sides | None
    decisions: list[Decision]
    decisions_counted: int


class AskedOutcomes(msgspec.Struct):
    """By span, as far as it was known when it was answered."""

    known: dict[str, int]
    mean_bps: dict[str, float | None]


class AskedBefore(msgspec.Struct, kw_only=True):
    """The what-if that a change refers to, in signals; `outcomes` are of `in_force`, `proposed`, `gone` and `new`."""

    id: str
    asked_at: datetime | None = None
    start: datetime
    end: datetime
    in_force: int
    proposed: int
    gone: int
    new: int
    outcomes: dict[str, AskedOutcomes] = {}


class Effect(msgspec.Struct, kw_only=True):
    """As it was known at `read_at`. `left_out` are symbols with values of their own, whose signals are not counted;
    `market_of` those whose markets are shown; `asked_before` is None where the change refers to no what-if."""

    change_id: str
    strategy_id: str
    strategy: str
    symbol: str | None
    version: int
    at: datetime
    read_at: datetime
    previous: Neighbour | None
    next: Neighbour | None
    asked_before: AskedBefore | None = None
    left_out: list[str]
    market_of: list[str]
    ledger_since: datetime | None
    comparisons: list[Comparison]
    nearby: Nearby

"""The signal: a decision as everybody else gets it, with the configuration and the book behind it.

Strength by confidence: 0.9 extreme, 0.7 strong, 0.5 medium, else weak. Stop and target by confidence, in
fractions of the price: 0.8 gives 2 % and 5 %, 0.6 gives 3 % and 4 %, less gives 5 % and 3 %. Both go by the confidence
as it was decided, which is rounded only where it is shown.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple, get_args
from uuid import UUID, uuid5

import msgspec
from msgspec import UNSET, UnsetType

from halts.domain import UNKNOWN, HaltRecord
from metrics.domain.bounds import Name, Real, Symbol
from metrics.domain.rounding import exact, price, quotient
from strategies.domain.comparison import is_at_least
from strategies.domain.decision import BUY, HOLD, Action, Decision, Leg
from strategies.domain.outcomes import Outcome, Span
from strategies.domain.quantity import usual_quantity

NAMESPACE = UUID("8a1d9a52-7f0e-4c55-9c36-0f6d1f2b7c11")
STRENGTHS = ((0.9, "extreme"), (0.7, "strong"), (0.5, "medium"))
STOPS = ((0.8, 0.02, 0.05), (0.6, 0.03, 0.04))
WIDE_STOP = (0.05, 0.03)
CONFIDENCE_DECIMALS = 4

Timestamp = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z", extra_json_schema={"format": "date-time"}
    ),
]
"""ISO-8601 in UTC, to the millisecond."""

Sentence = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class ConfigurationUsed(msgspec.Struct, frozen=True):
    """Which configuration a decision was taken under."""

    version: int
    source: str
    is_override: bool
    hash: str
    parameters: dict[str, Any]


class BookSeen(msgspec.Struct, frozen=True):
    """The newest book of the followed market when it was decided: `state` is live, stale, one_sided or suspect."""

    venue: str
    form: str
    update_id: int
    state: str
    age_ms: int


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """What is published; the fields are the JSON, in this order."""

    id: Name
    signal_id: Name
    correlation_id: Name
    strategy_id: Name
    strategy: Name
    strategy_mode: Name = "deterministic"
    symbol: Symbol
    exchange: Name | UnsetType = UNSET  # only where there are legs
    action: Action
    signal_type: Action
    confidence: Real
    confidence_score: Real
    strength: Name
    price: Real
    current_price: Real
    quantity: Real
    target_price: Real | None  # of one that holds there is none
    stop_loss: Real | None
    stop_loss_pct: Real | None
    take_profit: Real | None
    take_profit_pct: Real | None
    legs: tuple[Leg, ...] | UnsetType = UNSET
    timeframe: Name = "tick"
    order_type: Name = "market"
    time_in_force: Name = "GTC"
    source: Name = "realtime_strategies"
    timestamp: Timestamp
    rationale: Sentence
    indicators: dict[Name, int | Real]  # counts are whole numbers
    metadata: dict[str, Any]


SignalState = Literal["sent", "halted", "held_back"]
STATES: tuple[SignalState, ...] = get_args(SignalState)


class HaltedBy(msgspec.Struct, frozen=True):
    """The halt that held a signal back, for everybody: neither who nor why. None covers all."""

    strategy_id: Name | None
    symbol: Symbol | None
    at: Timestamp


class Fate(msgspec.Struct, frozen=True):
    """What became of a signal, as it is kept and never published.

    `sent`: nothing held it back; it left for NATS, or waits for it. `halted`: a halt did, the widest that covers it,
    or None where the process had not known yet what is halted. `held_back`: too old by the time NATS was back.
    """

    state: SignalState
    halted_by: HaltedBy | None = None


class SeenThen(msgspec.Struct, frozen=True):
    """The book of the market that was followed when a signal was decided; null where it had none."""

    mid_price: Real | None
    spread_bps: Real | None
    cost_at_least_bps: Annotated[
        Real | None, msgspec.Meta(description="What trading LIQUIDITY_ROW_SIZE dollars cost at least.")
    ]


class KeptSignal(Signal, frozen=True, kw_only=True):
    """A signal as it is listed; what was kept without a fate was sent."""

    state: Annotated[
        SignalState,
        msgspec.Meta(
            description="`sent`: nothing held it back. `halted`: a halt did. "
            "`held_back`: it was too old when NATS was back."
        ),
    ] = "sent"
    halted_by: Annotated[
        HaltedBy | None,
        msgspec.Meta(description="Of a halted one, the widest halt that covers it, where one was known."),
    ] = None
    market: SeenThen | UnsetType = UNSET  # only where the ledger is asked, and so is the outcome
    outcome: Annotated[
        dict[Span, Outcome] | UnsetType,
        msgspec.Meta(description="By span after the decision: 1m, 5m, 15m."),
    ] = UNSET


def fate_under(halt: HaltRecord) -> Fate:
    """What becomes of a signal that a halt covers."""
    if halt == UNKNOWN:
        return Fate("halted")
    return Fate("halted", HaltedBy(halt.strategy_id or None, halt.symbol or None, moment(halt.began)))


def kept(signal: bytes, fate: Fate) -> bytes:
    """The JSON of a signal with its fate, from the JSON that is, or would have been, published."""
    return signal[:-1] + b"," + msgspec.json.encode(fate)[1:]


def make_signal(
    strategy_id: str,
    strategy: str,
    decision: Decision,
    configuration: ConfigurationUsed,
    book: BookSeen | None,
    now: float,
) -> Signal:
    """The signal of a decision taken at `now`; the same arguments give the same signal, id included."""
    sureness = round(decision.confidence, CONFIDENCE_DECIMALS)
    entry, quantity = price(decision.price), decision.quantity
    exit = exit_of(decision, entry)
    identity = msgspec.json.encode([strategy_id, decision, configuration.hash, now]).decode()
    signal_id = str(uuid5(NAMESPACE, identity))
    return Signal(
        id=signal_id,
        signal_id=signal_id,
        correlation_id=signal_id,
        strategy_id=strategy_id,
        strategy=strategy,
        symbol=decision.symbol,
        exchange=decision.exchange or UNSET,
        action=decision.action,
        signal_type=decision.action,
        confidence=sureness,
        confidence_score=sureness,
        strength=strength_of(decision.confidence),
        price=entry,
        current_price=price(decision.current_price),
        quantity=usual_quantity(entry) if quantity is None else quantity,
        target_price=exit.target,
        stop_loss=exit.stop,
        stop_loss_pct=exit.stop_share,
        take_profit=exit.target,
        take_profit_pct=exit.target_share,
        legs=decision.legs or UNSET,
        timestamp=moment(now),
        rationale=decision.rationale,
        indicators={name: noiseless(value) for name, value in decision.indicators.items()},
        metadata={
            "strategy_config": msgspec.structs.asdict(configuration),
            "book": None if book is None else msgspec.structs.asdict(book),
            **decision.evidence,
        },
    )


class Exit(NamedTuple):
    """Where to leave again: prices, and their distance as a fraction of the entry. None: nothing is entered."""

    stop: float | None = None
    target: float | None = None
    stop_share: float | None = None
    target_share: float | None = None


def exit_of(decision: Decision, entry: float) -> Exit:
    """Stop below and target above a purchase, the other way round for a sale."""
    if decision.action == HOLD:
        return Exit()
    stop, target = stops_of(decision.confidence)
    direction = 1 if decision.action == BUY else -1
    return Exit(exact(entry * (1 - direction * stop)), exact(entry * (1 + direction * target)), stop, target)


def moment(seconds: float) -> str:
    """ISO-8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def strength_of(confidence: float) -> str:
    """A word for a confidence."""
    return next((word for least, word in STRENGTHS if is_at_least(confidence, least)), "weak")


def stops_of(confidence: float) -> tuple[float, float]:
    """Stop and target as fractions of the price."""
    return next(
        ((stop, target) for least, stop, target in STOPS if is_at_least(confidence, least)), WIDE_STOP
    )


def noiseless(indicator: int | float) -> int | float:
    """A count as it is, a measure as the quotient it is."""
    return indicator if isinstance(indicator, int) else quotient(indicator)

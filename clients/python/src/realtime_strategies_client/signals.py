"""What the strategies decided, the newest first."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

import msgspec

from realtime_strategies_client.asking import answer, given, read, span
from realtime_strategies_client.faces import Call, F, Group, Listing
from realtime_strategies_client.steps import Request, Series, Show, Steps

if TYPE_CHECKING:
    import pandas as pd

MOST_LISTED = 1000
State = Literal["sent", "halted", "held_back"]
Action = Literal["buy", "sell", "hold"]
By = Literal["strategy", "symbol", "version", "hour"]
Span = Literal["1m", "5m", "15m"]
EVER = datetime(1970, 1, 1, tzinfo=UTC)
ADDRESSES = {".csv": "/signals/export", ".parquet": "/signals/export.parquet"}


class Leg(msgspec.Struct):
    """One of several trades that belong together."""

    venue: str
    form: str
    action: str
    price: float
    quantity: float


class HaltedBy(msgspec.Struct):
    strategy_id: str | None
    symbol: str | None
    at: datetime


class SeenThen(msgspec.Struct):
    """The book of the signal's market when it was decided."""

    mid_price: float | None
    spread_bps: float | None
    cost_at_least_bps: float | None


class Outcome(msgspec.Struct):
    """The mid price some time later, and how many basis points that lies the signal's way; `unknown` is why not."""

    mid: float | None
    bps: float | None
    unknown: str | None


class Signal(msgspec.Struct, kw_only=True):
    """A decision, as it was published, and what became of it (`state`); one that holds has neither target nor stop.

    `market` and `outcome`, by "1m", "5m" and "15m", are there where the ledger was asked.
    """

    id: str
    strategy_id: str
    symbol: str
    action: str  # "buy", "sell" or "hold"
    state: str  # "sent", "halted" or "held_back"
    halted_by: HaltedBy | None = None
    confidence: float
    strength: str
    price: float
    quantity: float
    target_price: float | None
    stop_loss: float | None
    exchange: str | None = None
    legs: list[Leg] = []
    timestamp: datetime
    rationale: str = ""
    indicators: dict[str, float]
    metadata: dict[str, Any]  # the configuration and the book it was decided under
    market: SeenThen | None = None
    outcome: dict[Span, Outcome] | None = None


class Signals(msgspec.Struct, kw_only=True):
    """`kept_since` is there once older ones were dropped: sent signals before it may be missing. `next` is where the
    ledger goes on."""

    signals: list[Signal]
    kept_since: datetime | None = None
    next: str | None = None

    def to_pandas(self) -> "pd.DataFrame":
        """A row a signal, by time; indicators are columns of their own. Needs pandas."""
        import pandas as pd

        plain = [
            {name: getattr(signal, name) for name in Signal.__struct_fields__ if name not in NESTED}
            | {f"indicators.{name}": value for name, value in signal.indicators.items()}
            for signal in self.signals
        ]
        columns = [name for name in Signal.__struct_fields__ if name not in NESTED]
        return pd.DataFrame(plain, columns=None if plain else columns).set_index("timestamp")


NESTED = ("halted_by", "legs", "indicators", "metadata", "market", "outcome")


class Mean(msgspec.Struct, kw_only=True):
    """What is alike of some signals, how many they are, and by span how many have an outcome and its mean."""

    strategy_id: str
    symbol: str | None
    version: int | None
    hour: datetime | None = None
    action: Action | None = None
    signals: int
    first: datetime
    last: datetime
    known: dict[Span, int]
    mean_bps: dict[Span, float | None]


class Summary(msgspec.Struct):
    by: By
    since: datetime | None  # counted are those decided from then on; None: all of the choice
    signals: int
    rows: list[Mean]


class Choice(TypedDict, total=False):
    """Which signals of the ledger: of a strategy, about a symbol or those with such a `part` of their name, of a side
    and a fate, at least so sure, under a version of a configuration, decided from `start` on and before `end`."""

    strategy: str
    symbol: str
    part: str
    action: Action
    state: State
    min_confidence: float
    version: int
    start: datetime
    end: datetime


class SignalCalls(Group[F]):
    """`client.signals`"""

    @Call
    def list(
        self,
        *,
        strategy: str | None = None,
        symbol: str | None = None,
        state: State | None = None,
        limit: int = 100,
    ) -> Steps[Signals]:
        """The newest: of one strategy, about one symbol, of one fate. What went out is `state="sent"`."""
        return _page(limit, strategy=strategy, symbol=symbol, state=state)

    @Listing
    def each(
        self, *, strategy: str | None = None, symbol: str | None = None, state: State | None = None
    ) -> Series[Signal]:
        """One after the other, the newest first: as many as the server lists, which is 1,000."""
        listed = yield from _page(MOST_LISTED, strategy=strategy, symbol=symbol, state=state)
        for signal in listed.signals:
            yield Show(signal)

    @Listing
    def ledger(self, **choice: Unpack[Choice]) -> Series[Signal]:
        """All of the ledger, or of a choice, one after the other, the newest first, with what became of the price."""
        query = {"from": EVER.isoformat()} | _asked(
            choice
        )  # unasked, the newest are answered without the ledger
        cursor: str | None = None
        while True:
            found = yield from read("/signals", Signals, limit=MOST_LISTED, **query, cursor=cursor)
            for signal in found.signals:
                yield Show(signal)
            cursor = found.next
            if cursor is None:
                return

    @Call
    def summary(self, by: By = "strategy", **choice: Unpack[Choice]) -> Steps[Summary]:
        """How many signals of the ledger there are, and how far prices moved their way: by strategy, by strategy and
        symbol, by strategy and version of its configuration, or by strategy, hour (UTC) and side."""
        return read("/signals/summary", Summary, by=by, **_asked(choice))

    @Call
    def export(self, file: str | Path, **choice: Unpack[Choice]) -> Steps[Path]:
        """The ledger, or a choice of it, as a file, CSV or Parquet by the end of its name, however large. It stands
        there once it is whole."""
        path = Path(file)
        if path.suffix not in ADDRESSES:
            raise ValueError(f"The name of the file is to end in .csv or .parquet: {path.name!r}")
        yield from answer(Request("GET", ADDRESSES[path.suffix], _asked(choice), file=path))
        return path


def _asked(choice: Choice) -> dict[str, Any]:
    """As the server reads it."""
    asked: dict[str, Any] = {**choice}
    times = span(asked.pop("start", None), asked.pop("end", None))
    return given(asked) | times


def _page(limit: int, **asked: str | None) -> Steps[Signals]:
    return read("/signals", Signals, limit=limit, **asked)

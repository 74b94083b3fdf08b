"""What the strategies decided, the newest first."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from realtime_strategies_client.asking import read
from realtime_strategies_client.faces import Call, F, Group, Listing
from realtime_strategies_client.steps import Series, Show, Steps

if TYPE_CHECKING:
    import pandas as pd

MOST_LISTED = 1000
State = Literal["sent", "halted", "held_back"]


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


class Signal(msgspec.Struct, kw_only=True):
    """A decision, as it was published, and what became of it (`state`); one that holds has neither target nor stop."""

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


class Signals(msgspec.Struct, kw_only=True):
    """`kept_since` is there once older ones were dropped: sent signals before it may be missing."""

    signals: list[Signal]
    kept_since: datetime | None = None

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


NESTED = ("halted_by", "legs", "indicators", "metadata")


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


def _page(limit: int, **asked: str | None) -> Steps[Signals]:
    return read("/signals", Signals, limit=limit, **asked)

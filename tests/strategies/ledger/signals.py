"""Signals for the ledger."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from halts.domain import HaltRecord
from strategies.domain.decision import Decision
from strategies.domain.signal import (
    BookSeen,
    ConfigurationUsed,
    Fate,
    Signal,
    fate_under,
    make_signal,
)
from strategies.ledger.records import Noted, write
from strategies.ledger.writer import SENT
from strategies.models import SignalRecord
from tests.factories import START

BOOK = BookSeen("binance", "spot", 5123, "live", 14)
HALTED = fate_under(
    HaltRecord(strategy_id="orderbook_skew", halted=True, reason="r", actor="a", at=START - 60.5)
)
TOO_OLD = Fate("held_back")


def signal(
    second: float = 0.0,
    strategy_id: str = "orderbook_skew",
    *,
    book: BookSeen | None = BOOK,
    version: int = 7,
    **changed: Any,
) -> Signal:
    """Decided so many seconds after START."""
    values: dict[str, Any] = {
        "symbol": "BTCUSDT", "action": "buy", "confidence": 0.83, "price": 100.0, "current_price": 100.25,
        "indicators": {}, "rationale": "bid/ask quantity 1.62 is above 1.2",
    }  # fmt: skip
    used = ConfigurationUsed(version, "global", False, "9f2c", {"top_levels": 5})
    return make_signal(strategy_id, "Its Name", Decision(**values | changed), used, book, START + second)


def noted(signals: Iterable[Signal], fate: Fate = SENT) -> list[Noted]:
    return [Noted(each, fate) for each in signals]


def row(of: Signal) -> SignalRecord:
    return SignalRecord.objects.get(pk=of.id)


def at(second: float) -> datetime:
    return datetime.fromtimestamp(START + second, UTC)


def written(*signals: Signal, fate: Fate = SENT) -> None:
    write(noted(signals, fate), {})

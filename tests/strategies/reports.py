"""Reports of processes as they might be read."""

from typing import Any

from strategies.receipts import Lags, ProcessReport, Receipt
from tests.factories import START


def report(*receipts: Receipt, **changed: Any) -> ProcessReport:
    values: dict[str, Any] = {
        "instance": "host:1/0/1", "partition": "0/1", "strategies": ["orderbook_skew"], "started_at": START,
        "reported_at": START, "connected": True, "configuration": "database", "database_answers": True,
        "receipts": list(receipts), "halts": [], "lags": Lags.none(), "last_message_at": None, "messages": 0,
        "rate_per_second": 0.0, "refused": {}, "ignored": {}, "signals": {}, "suppressed": {}, "failures": {},
        "errors": {}, "slow_consumer_drops": 0, "signals_waiting": 0, "signals_dropped": 0,
        "states_evicted": 0,
    }  # fmt: skip
    return ProcessReport(**values | changed)


def receipt(symbol: str | None = None, hash: str = "new", rejected: str | None = None) -> Receipt:
    return Receipt(
        strategy_id="orderbook_skew",
        symbol=symbol,
        version=3,
        hash=hash,
        applied_at=START,
        lag=0.25,
        rejected=rejected,
    )

"""The heat map of one market: its rows by column, the cells packed."""

from base64 import b64encode

import numpy as np
from numpy.typing import NDArray

from metrics.answers.liquidity_shapes import HeatMap, HeatScale
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.liquidity.heat import BUCKETS, LOWEST_POWER, STEPS_OF_A_DOUBLING
from metrics.domain.market import named_quote
from metrics.domain.rounding import exact, price_ratio, quotient
from metrics.store.reader import StoreReader

SCALE: HeatScale = {
    "buckets": BUCKETS,
    "lowest_power": LOWEST_POWER,
    "steps_of_a_doubling": STEPS_OF_A_DOUBLING,
}


def heat_answer(
    reader: StoreReader, symbol: str, seconds: float, since: float = 0.0, choice: Choice = FOLLOWED
) -> HeatMap | None:
    """GET /metrics/heat/{symbol}: rows of the last so many seconds that came after `since`; None where nothing current
    is known."""
    market = reader.market(symbol, choice)
    if market is None:
        return None
    now = reader.clock()
    rows = reader.heat(market, now - seconds, now)
    times = np.rint(1000 * rows["time"]).astype(np.int64)
    is_new = times > round(1000 * since)
    rows, times = rows[is_new], times[is_new]
    return {
        "symbol": symbol,
        "venue": market.venue,
        "form": market.form,
        "quote_asset": named_quote(symbol),
        "holds_seconds": reader.expiry.stale_after,
        "scale": SCALE,
        "rows": len(rows),
        "times_ms": times.tolist(),
        "best_bid": [exact(each) for each in rows["bid"].tolist()],
        "best_ask": [exact(each) for each in rows["ask"].tolist()],
        "bid_reach_bps": [price_ratio(each) for each in rows["bid_reach_bps"].tolist()],
        "ask_reach_bps": [price_ratio(each) for each in rows["ask_reach_bps"].tolist()],
        "bought": _notionals(rows["bought"]),
        "sold": _notionals(rows["sold"]),
        "cells": b64encode(rows["cells"].tobytes()).decode(),
    }


def _notionals(column: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(each) else quotient(each) for each in column.tolist()]

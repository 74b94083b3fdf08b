"""How the mid price of one symbol has moved."""

from metrics.answers.pressure import spread_evenly
from metrics.answers.rounding import price, timestamp
from metrics.answers.shapes import Prices
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.rounding import rounded
from metrics.domain.window import TIMEFRAMES
from metrics.store.reader import StoreReader


def prices_answer(
    reader: StoreReader, symbol: str, timeframe: str, max_points: int, choice: Choice = FOLLOWED
) -> Prices | None:
    """GET /metrics/prices/{symbol}; None where nothing current is known.

    The summary is over every update of the span; the series is at most `max_points` of them, spread evenly from the
    oldest to the newest. While the book was not live there are none.
    """
    market = reader.market(symbol, choice)
    if market is None:
        return None
    now = reader.clock()
    times, mids = reader.mids(market, now - TIMEFRAMES[timeframe], now)
    points = len(times)
    chosen = spread_evenly(points, max_points)
    first, last = (float(mids[0]), float(mids[-1])) if points else (None, None)
    return {
        "symbol": symbol,
        "venue": market.venue,
        "form": market.form,
        "timeframe": timeframe,
        "summary": {
            "open": price(first),
            "high": price(float(mids.max())) if points else None,
            "low": price(float(mids.min())) if points else None,
            "close": price(last),
            "change_percent": rounded(100 * (last / first - 1), 4) if first and last else None,
        },
        "data_points": points,
        "returned_data_points": len(chosen),
        "price_history": [
            {"timestamp": timestamp(at), "mid_price": price(mid)}
            for at, mid in zip(times[chosen].tolist(), mids[chosen].tolist(), strict=True)
        ],
    }

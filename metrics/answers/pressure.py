"""How pressure has moved: one symbol in full, and all of them in a few strokes."""

import numpy as np
from numpy.typing import NDArray

from metrics.answers.rounding import timestamp
from metrics.answers.shapes import Pressure, Sparklines
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.rounding import rounded
from metrics.domain.window import NEWEST_PART, TIMEFRAMES, trend
from metrics.store.reader import StoreReader

SPARKLINE_POINTS, SPARKLINE_STEP_SECONDS = 30, 2


def pressure_answer(
    reader: StoreReader, symbol: str, timeframe: str, max_points: int, choice: Choice = FOLLOWED
) -> Pressure | None:
    """GET /metrics/pressure/{symbol}; None where nothing current is known.

    The summary is over every update of the span; the series are at most `max_points` of them, spread
    evenly from the oldest to the newest.
    """
    market = reader.market(symbol, choice)
    if market is None:
        return None
    now = reader.clock()
    span = TIMEFRAMES[timeframe]
    times, ratios = reader.history(market, now - span, now)
    pressures = 100 * ratios
    direction, strength = trend(len(times), pressures[times > now - span / NEWEST_PART].tolist())
    points = len(times)
    chosen = spread_evenly(points, max_points)
    shown = [
        (timestamp(at), ratio)
        for at, ratio in zip(times[chosen].tolist(), ratios[chosen].tolist(), strict=True)
    ]
    return {
        "symbol": symbol,
        "venue": market.venue,
        "form": market.form,
        "timeframe": timeframe,
        "summary": {
            "avg_pressure": rounded(float(pressures.mean()), 2) if points else None,
            "max_pressure": rounded(float(pressures.max()), 2) if points else None,
            "min_pressure": rounded(float(pressures.min()), 2) if points else None,
            "trend": direction,
            "trend_strength": rounded(strength, 2),
        },
        "data_points": points,
        "total_data_points": points,  # its older name
        "returned_data_points": len(shown),
        "pressure_history": [{"timestamp": at, "pressure": rounded(100 * ratio, 2)} for at, ratio in shown],
        "imbalance_history": [{"timestamp": at, "imbalance": rounded(ratio, 4)} for at, ratio in shown],
    }


def spread_evenly(points: int, most: int) -> list[int]:
    """At most `most` places among `points`, the first and the last included."""
    if not points:
        return []
    places = np.linspace(0, points - 1, min(points, most)) if most > 1 else np.array([points - 1])
    return [int(place) for place in places.round()]


def sparklines_answer(reader: StoreReader, choice: Choice = FOLLOWED) -> Sparklines:
    """The last minute of every market that is chosen, by the name it goes by.

    In steps of two seconds, oldest first, None where nothing came.
    """
    markets = {row.id: name for name, row in reader.rows(choice).items()}
    now = reader.clock()
    span = SPARKLINE_POINTS * SPARKLINE_STEP_SECONDS
    histories = reader.histories([*markets], now - span, now)
    return {
        "interval_seconds": SPARKLINE_STEP_SECONDS,
        "symbols": {
            markets[market]: _steps(times - (now - span), ratios)
            for market, (times, ratios) in histories.items()
        },
    }


def _steps(ages: NDArray[np.float64], ratios: NDArray[np.float64]) -> list[float | None]:
    """Newest pressure within each step."""
    steps: list[float | None] = [None] * SPARKLINE_POINTS
    places = np.minimum(ages // SPARKLINE_STEP_SECONDS, SPARKLINE_POINTS - 1).astype(int)
    for place, ratio in zip(places.tolist(), ratios.tolist(), strict=True):
        steps[place] = rounded(100 * ratio, 2)
    return steps

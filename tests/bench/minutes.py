"""An hour of minutes in the database: `python -m tests.bench.minutes SYMBOLS`."""

import sys
import time

from metrics.domain.market import MarketId
from metrics.domain.minutes import Minute, Range, Sampled
from metrics.domain.ticks import MINUTE

MINUTES = 60


def save(symbols: int) -> None:
    """The last full hour of every symbol, as a feed would have saved it."""
    import django

    django.setup()
    from metrics.kept_minutes import save_minutes

    now = int(time.time()) // MINUTE * MINUTE
    pressure, mid = Range(1.0, 60.0, -60.0, 2.0, 1200.0), Range(100.0, 101.0, 99.0, 100.5, 60_000.0)
    cost, depth = Sampled(1.5, 9.0, 720.0, 240), Sampled(1e5, 9e5, 1e8, 240)
    markets = [MarketId(f"S{number:04d}USDT", "binance/spot") for number in range(symbols)]
    save_minutes(
        Minute(market, now - back * MINUTE, pressure, mid, 600.0, 0.5, 2.5, 24_000.0, 600, 0.0, cost, depth)
        for market in markets
        for back in range(1, MINUTES + 1)
    )


if __name__ == "__main__":
    save(int(sys.argv[1]))

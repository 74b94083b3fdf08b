"""What writing the ledger costs: signals at a set rate, and all outcomes that are due meanwhile."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

SIGNALS_A_SECOND = 1_000
SYMBOLS = 100
KEPT_DAYS = 30
MID = 100.0


def signals(count: int, last: float) -> list[Any]:
    """One every millisecond until `last`."""
    from configuration.domain.catalogue import CATALOGUE
    from strategies.domain.decision import Decision
    from strategies.domain.signal import BookSeen, ConfigurationUsed, make_signal

    book = BookSeen("binance", "spot", 5123, "live", 14)
    found = []
    for number in range(count):
        strategy_id = list(CATALOGUE)[number % len(CATALOGUE)]
        decision = Decision(
            symbol=f"S{number % SYMBOLS:04d}USDT",
            action=("buy", "sell")[number % 2],
            confidence=0.5 + number % 50 / 100,
            price=100.0 + number % 7,
            current_price=100.0,
            indicators={"ratio": 1.5, "spread_percent": 0.01, "total_volume": 1234.5},
            rationale="bid/ask quantity 1.62 is above 1.2, spread 0.01 % and volume 1234.5",
        )
        used = ConfigurationUsed(
            1 + number % 5, "global", False, "9f2c" * 4, {"top_levels": 5, "buy_threshold": 1.2}
        )
        at = last - (count - number) / 1000
        found.append(make_signal(strategy_id, strategy_id, decision, used, book, at))
    return found


async def write(seconds: int) -> dict[str, float]:
    """Put signals at the set rate, and let the ledger write them and look back, also at those of 1, 5 and 15 minutes
    ago, of which there were as many."""
    from asgiref.sync import sync_to_async

    from metrics.store.reader import get_reader
    from strategies.domain.outcomes import Touch
    from strategies.ledger.looking_back import look_back
    from strategies.ledger.writer import Kept, Ledger
    from strategies.models import SignalRecord

    reader, looked = get_reader(), [0]

    def look() -> int:
        found = look_back(reader)
        looked[0] += found
        return found

    begin = time.time() + 10 + 2 * seconds
    ready = signals(SIGNALS_A_SECOND * seconds, begin + seconds)
    old = await sync_to_async(fill_due)(begin, seconds)
    time.sleep(begin - time.time())
    touch = Touch(MID - 0.5, MID + 0.5)
    ledger, stop = Ledger(Kept(KEPT_DAYS, 10**9), look, touch_of=lambda symbol: touch), asyncio.Event()
    running = asyncio.create_task(ledger.run(stop))
    began, cpu = time.perf_counter(), time.process_time()
    put, most = 0, 0
    while put < len(ready):
        due = min(len(ready), int(SIGNALS_A_SECOND * (time.perf_counter() - began)))
        for each in ready[put:due]:
            ledger.put(each)
        put, most = due, max(most, len(ledger))
        await asyncio.sleep(0.01)
    took = time.perf_counter() - began
    share = (time.process_time() - cpu) / took
    waiting = SignalRecord.objects.filter(due_at__isnull=False).order_by("due_at")
    oldest = await waiting.values_list("due_at", flat=True).afirst()
    late = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    stop.set()
    await running
    await ledger.write_once(60)
    rows = await SignalRecord.objects.acount() - old
    await ledger.leave()
    return {
        "rows": rows / took,
        "dropped": ledger.dropped,
        "waited": most,
        "looked": looked[0] / took,
        "late": late,
        "share": share,
    }


def fill_due(begin: float, seconds: int) -> int:
    """Signals of which outcomes are due within so many seconds from then on: those of 1, 5 and 15 minutes before. How
    many?"""
    from django.db.models import F

    from metrics.domain.window import TIMEFRAMES
    from strategies.domain.outcomes import SPANS, Touch
    from strategies.ledger.records import Noted
    from strategies.ledger.records import write as write_rows
    from strategies.ledger.writer import SENT
    from strategies.models import SignalRecord

    touch, count = Touch(MID - 0.5, MID + 0.5), SIGNALS_A_SECOND * seconds
    for span in SPANS:
        last = begin + seconds - TIMEFRAMES[span]
        made = signals(count, last)
        for first in range(0, count, 1_000):
            write_rows([Noted(each, SENT, touch) for each in made[first : first + 1_000]], {})
        kept = SignalRecord.objects.filter(
            decided_at__gte=made[0].timestamp, decided_at__lte=made[-1].timestamp
        )
        kept.update(due_at=F("decided_at") + timedelta(seconds=TIMEFRAMES[span]))
    return count * len(SPANS)

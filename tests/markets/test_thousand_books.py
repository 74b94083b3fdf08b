"""After a restart a thousand books wait for a snapshot each: none is lost, and no limit of the venue is broken.

The clock of the loop jumps; the venue answers over a real socket.
"""

import asyncio
import json
from collections import Counter

import pytest

from markets.no_answer import NoAnswer
from markets.rest import Rest
from markets.venues import VENUES
from messaging.source import Ask
from metrics.domain.frames import BookChange, BookSnapshot
from metrics.domain.full_books import FullBooks
from metrics.feed.snapshots import SnapshotRequests
from tests.markets.exchange import Exchange, RestAnswer
from tests.markets.quick_time import now, quickly

BOOKS = 1_000
SPOT = "binance/spot"
MINUTE, LONGEST_MINUTES = 60.0, 90.0
SNAPSHOTS = VENUES["binance", "spot"].snapshots
BIDS, ASKS = [(99.0, 1.0)], [(101.0, 1.0)]


class Process:
    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.errors: Counter[str] = Counter()


@pytest.mark.timeout(120)
def test_a_thousand_books_that_wait__are_all_brought_within_what_the_venue_allows() -> None:
    assert SNAPSHOTS
    names = [f"S{number}USDT" for number in range(BOOKS)]
    paths = {name: SNAPSHOTS.path.format(name=name) for name in names}
    answered: list[float] = []

    async def run() -> tuple[int, int]:
        books = FullBooks(levels=1, max_books=BOOKS)
        body = RestAnswer({"lastUpdateId": 2, "bids": [["99", "1"]], "asks": [["101", "1"]]})
        async with Exchange(lambda _: (), dict.fromkeys(paths.values(), body)).open() as exchange:
            rest = Rest(exchange.origins[1], SNAPSHOTS.weight_a_minute)

            async def ask(subject: str, seconds: float) -> bytes:
                symbol = subject.rpartition(".")[2]
                try:
                    raw = await rest.get(paths[symbol], SNAPSHOTS.weight, waits=False)
                except NoAnswer as error:
                    refusal = {"error": str(error), "retry_after_ms": 1_000 * error.retry_after}
                    return json.dumps(refusal).encode()
                answered.append(now())
                books.snapshot(BookSnapshot(symbol, SPOT, 2, BIDS, ASKS), now())
                return raw

            for name in names:
                books.change(BookChange(name, SPOT, 2, 2, None, None, [], []), now())
            stop = asyncio.Event()
            requests = asyncio.create_task(SnapshotRequests(books, Process(ask), now).run(stop))
            began = now()
            while books.totals()[1] < BOOKS and now() - began < LONGEST_MINUTES * MINUTE:
                await asyncio.sleep(MINUTE)
            stop.set()
            await requests
            await rest.close()
        return books.totals()

    assert quickly(run()) == (BOOKS, BOOKS)
    assert len(answered) == BOOKS
    in_a_minute = max(sum(at <= each < at + MINUTE for each in answered) for at in answered)
    assert in_a_minute * SNAPSHOTS.weight <= SNAPSHOTS.weight_a_minute

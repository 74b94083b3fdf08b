"""Whole books are asked for until they come, never more than a few at once, and never sooner than is wanted."""

import asyncio
from collections.abc import Callable, Iterable

from asgiref.sync import async_to_sync

from markets.recording.asking import AT_ONCE, Ask, Asking
from markets.waits import Waits


def asked(ask: Ask, wants: Iterable[tuple[str, str, int]]) -> list[float]:
    """How long it waited, until all is answered."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0)

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            asking = Asking(ask, group, sleep, lambda: Waits(1.0, 60.0, lambda: 1.0))
            for want in wants:
                asking.want(*want)
        assert asking.waiting == 0

    async_to_sync(run)()
    return waited


def saying(*answers: bytes | Exception, heard: list[str]) -> Callable[[str], "asyncio.Future[bytes]"]:
    """One after the other."""
    rest = list(answers)

    async def ask(subject: str) -> bytes:
        heard.append(subject)
        answer = rest.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return lambda subject: asyncio.ensure_future(ask(subject))


BOOK = b'{"lastUpdateId":7,"bids":[["1","2"]],"asks":[]}'


def test_what_is_answered_is_not_asked_for_again():
    heard: list[str] = []
    assert asked(saying(BOOK, heard=heard), [("binance-usdm", "BTCUSDT", 7)]) == []
    assert heard == ["snapshot.binance-usdm.BTCUSDT"]


def test_who_is_asked_to_wait_waits():
    refusal = b'{"error":"the allowance of the venue is used up","retry_after_ms":12500}'
    assert asked(saying(refusal, refusal, BOOK, heard=[]), [("binance", "BTCUSDT", 7)]) == [12.5, 12.5]


def test_where_nobody_answers_it_is_asked_ever_more_seldom():
    silent: list[bytes | Exception] = [TimeoutError(), OSError("away"), b"rubbish", b'{"error":"no"}', b"[]"]
    assert asked(saying(*silent, BOOK, heard=[]), [("binance", "BTCUSDT", 7)]) == [1, 2, 4, 8, 16]


def test_a_book_that_is_older_than_what_has_come_is_of_no_use():
    old = b'{"lastUpdateId":6,"bids":[],"asks":[]}'
    assert asked(saying(old, BOOK, heard=[]), [("binance", "BTCUSDT", 7)]) == [1]


def test_only_a_few_are_asked_for_at_once__and_each_once():
    now, most, heard = 0, 0, []

    async def ask(subject: str) -> bytes:
        nonlocal now, most
        now += 1
        most = max(most, now)
        heard.append(subject)
        await asyncio.sleep(0.001)
        now -= 1
        return BOOK

    wants = [("binance", f"S{number}", 1) for number in range(30)]
    asked(ask, [*wants, *wants])
    assert most == AT_ONCE
    assert sorted(heard) == sorted(f"snapshot.binance.S{number}" for number in range(30))

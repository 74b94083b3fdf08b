"""Asking for whole books, over a real NATS."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from messaging import bus
from messaging.source import Ask, nobody_answers
from metrics.domain.frames import BookChange
from metrics.domain.full_books import FullBooks
from metrics.feed.snapshots import SnapshotRequests, full_books_of
from tests.servers import Server, nats_url

USDM = "binance/usdm"
Answers = Callable[[Msg], Awaitable[None]]


class Process:
    """What asks."""

    def __init__(self) -> None:
        self.ask: Ask = nobody_answers
        self.errors: Counter[str] = Counter()


def waiting() -> FullBooks:
    books = FullBooks(levels=20, max_books=10, chance=lambda: 1.0)
    books.change(BookChange("BTCUSDT", USDM, 1, 1, 0, None, [], []), 0.0)
    return books


def ask_for_a_moment(server: Server, books: FullBooks, answers: Answers | None, now: float = 0.0) -> Process:
    """Requests at one time of an injected clock, until something came of them."""

    async def run() -> Process:
        process, stop, has_come = Process(), asyncio.Event(), asyncio.Event()
        async with bus.connected(nats_url(server.port), "asks") as client:
            if answers:

                async def answer(message: Msg) -> None:
                    await answers(message)
                    has_come.set()

                await client.subscribe("snapshot.>", cb=answer)
                await client.flush()
            process.ask = asking(client, has_come)
            requests = asyncio.create_task(SnapshotRequests(books, process, lambda: now).run(stop))
            async with asyncio.timeout(5):
                await has_come.wait()
            stop.set()
            await requests
        return process

    return asyncio.run(run())


def asking(client: Client, has_come: asyncio.Event) -> Ask:
    async def ask(subject: str, seconds: float) -> bytes:
        try:
            return (await client.request(subject, timeout=seconds)).data
        finally:
            has_come.set()

    return ask


def test_a_book_that_waits__is_asked_for_by_venue_form_and_symbol(server: Server) -> None:
    subjects = []

    async def answer(message: Msg) -> None:
        subjects.append(message.subject)
        await message.respond(b'{"lastUpdateId":1,"bids":[],"asks":[]}')

    process = ask_for_a_moment(server, waiting(), answer)

    assert subjects == ["snapshot.binance-usdm.BTCUSDT"]
    assert not process.errors


def test_nobody_there_to_answer__is_counted_and_tried_again_later(server: Server) -> None:
    books = waiting()

    process = ask_for_a_moment(server, books, None)

    assert process.errors == {"snapshot_not_answered": 1}
    assert not books.requests(0.9, 5)
    assert books.requests(1.0, 5)


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (
            msgspec.json.encode({"error": "the allowance is used up", "retry_after_ms": 2_500}),
            "snapshot_refused",
            2.5,
        ),
        (b"<html>", "snapshot_unreadable", 1.0),
        (b"[1]", "snapshot_unreadable", 1.0),
    ],
)
def test_an_answer_that_is_no_book__is_counted_and_its_wait_is_kept(
    server: Server, answer: bytes, kind: str, wait: float
) -> None:
    books = waiting()

    process = ask_for_a_moment(server, books, lambda message: message.respond(answer))

    assert process.errors == {kind: 1}
    assert not books.requests(wait - 0.1, 5)
    assert books.requests(wait, 5)


def test_the_setting__says_which_books_are_kept() -> None:
    assert full_books_of("off", 20, 10) is None
    of_all, of_some = full_books_of("on", 20, 10), full_books_of("ethusdt, BTCUSDT", 20, 10)
    assert of_all
    assert of_some
    for books, kept in ((of_all, 2), (of_some, 1)):
        for symbol in ("BTCUSDT", "SOLUSDT"):
            books.change(BookChange(symbol, USDM, 1, 1, 0, None, [], []), 0.0)
        assert len(list(books.integrity(0.0))) == kept

"""The journal in a NATS that keeps it: within its limits, in order, and nothing left behind by who reads it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from time import time
from typing import Any, TypeVar

import pytest
from asgiref.sync import async_to_sync
from nats.aio.client import Client

from journal import pulling
from journal.jetstream import ANSWER_SECONDS, NoJournal
from journal.stream import JournalLimits, Passed, keep, reach, read, wanted
from messaging import bus
from tests.servers import Server, nats, nats_url, running

T = TypeVar("T")
BOOK = "market.binance.depth.BTCUSDT"


def on(server: Server, work: Callable[[Client], Awaitable[T]]) -> T:
    """What comes of `work` with a connection of its own."""

    async def run() -> T:
        async with bus.connected(nats_url(server.port), "test") as client:
            return await work(client)

    return async_to_sync(run)()


async def publish(client: Client, count: int, subject: str = BOOK, size: int = 1) -> None:
    """So many, numbered from 0, each `size` bytes at least. Returns when the journal has them."""
    before = await last_number(client)
    for number in range(count):
        await client.publish(subject, str(number).encode().ljust(size))
    while await last_number(client) < before + count:
        await asyncio.sleep(0.01)


async def last_number(client: Client) -> int:
    return (await client.jetstream().stream_info("MARKET_JOURNAL")).state.last_seq


async def everything(
    client: Client, since: float = 0.0, until: float = 1e10, subjects: Sequence[str] | None = None
) -> list[Passed]:
    return [each async for batch in read(client, since, until, subjects) for each in batch]


async def consumers(client: Client) -> int:
    return len(await client.jetstream().consumers_info("MARKET_JOURNAL"))


def numbers(passed: list[Passed]) -> list[int]:
    return [int(each.data) for each in passed]


# -- Kept --------------------------------------------------------------------------------------


def test_what_feed_and_strategies_hear_is_kept_as_it_came(nats_server: Server):
    async def work(client: Client) -> list[Passed]:
        await keep(client, wanted())
        await client.publish("market.okx.trade.ETHUSDT", b"\xff not even JSON", headers={"Received-At": "1"})
        await client.publish("something.else", b"-")
        await publish(client, 2)
        while await last_number(client) < 3:
            await asyncio.sleep(0.01)
        return await everything(client)

    before = time()
    passed = on(nats_server, work)
    assert [each[1:] for each in passed] == [
        ("market.okx.trade.ETHUSDT", b"\xff not even JSON"),
        (BOOK, b"0"),
        (BOOK, b"1"),
    ]
    assert before <= passed[0].at <= passed[1].at <= passed[2].at <= time()


def test_its_reach_tells_from_when_to_when_it_holds_how_much_and_its_limits(nats_server: Server):
    async def work(client: Client) -> Any:
        await keep(client, wanted())
        empty = await reach(client)
        await publish(client, 3)
        return empty, await reach(client), await everything(client)

    empty, full, passed = on(nats_server, work)
    assert empty == (None, None, 0, 0, JournalLimits(("market.*.*.*",), 3600.0, 2**31, 1))
    assert (full.first, full.last) == (pytest.approx(passed[0].at), pytest.approx(passed[-1].at))
    assert (full.messages, full.bytes > 3) == (3, True)


def test_limits_and_subjects_may_change_and_what_is_held_stays(nats_server: Server):
    async def work(client: Client) -> Any:
        await keep(client, wanted())
        await publish(client, 3)
        await keep(client, JournalLimits(("binance.websocket.data",), 7200.0, 10**6, 1))
        await client.publish(BOOK, b"of a subject that is not kept any more")
        await publish(client, 1, "binance.websocket.data")
        return (await reach(client)).limits, await everything(client)

    limits, passed = on(nats_server, work)
    assert limits == (("binance.websocket.data",), 7200.0, 10**6, 1)
    assert [each.subject for each in passed] == [BOOK, BOOK, BOOK, "binance.websocket.data"]


def test_the_oldest_goes_where_bytes_or_time_are_at_their_end(nats_server: Server):
    async def work(client: Client) -> Any:
        await keep(client, JournalLimits(("market.>",), 3600.0, 100_000, 1))
        await publish(client, 1_000, size=1_000)
        by_bytes, held = await reach(client), numbers(await everything(client))
        await keep(client, JournalLimits(("market.>",), 0.2, 100_000, 1))
        while (await reach(client)).messages:
            await asyncio.sleep(0.02)
        return by_bytes, held, await everything(client)

    by_bytes, held, by_time = on(nats_server, work)
    assert by_bytes.bytes <= 100_000
    assert held == list(range(1_000 - len(held), 1_000))
    assert by_time == []


def test_a_request_is_answered_by_whom_it_is_put_to_and_never_by_the_journal(nats_server: Server):
    async def work(client: Client) -> bytes:
        await keep(client, wanted())

        async def answer(message: Any) -> None:
            await asyncio.sleep(0.1)  # an acknowledgement would have been there first
            await message.respond(b"who was asked")

        await client.subscribe("market.binance.depth.*", cb=answer)
        reply = await client.request(BOOK, b"", timeout=5)
        assert (await reach(client)).messages == 1
        return reply.data

    assert on(nats_server, work) == b"who was asked"


def test_of_no_hours_none_is_kept_and_what_was_is_gone(nats_server: Server, settings: Any):
    async def work(client: Client) -> None:
        await keep(client, wanted())
        await publish(client, 1)
        settings.JOURNAL_HOURS = 0
        for _ in range(2):
            with pytest.raises(NoJournal, match="JOURNAL_HOURS is 0"):
                await keep(client, wanted())
        with pytest.raises(NoJournal, match="No journal of the market is kept"):
            await reach(client)

    on(nats_server, work)


# -- Where there is none -----------------------------------------------------------------------


def test_a_nats_without_jetstream_is_a_sentence():
    async def work(client: Client) -> None:
        for each in (keep(client, wanted()), reach(client), everything(client)):
            with pytest.raises(NoJournal, match="NATS runs without JetStream"):
                await each

    with running(nats()) as server:
        on(server, work)


def test_what_nobody_has_begun_is_a_sentence(nats_server: Server):
    async def work(client: Client) -> None:
        with pytest.raises(NoJournal, match="No journal of the market is kept on this NATS yet"):
            await everything(client)

    on(nats_server, work)


def test_a_disk_without_room_is_a_sentence(nats_server: Server):
    async def work(client: Client) -> None:
        with pytest.raises(NoJournal, match="no room for a journal of JOURNAL_BYTES"):
            await keep(client, wanted()._replace(bytes=2**60))

    on(nats_server, work)


def test_a_stream_of_somebody_else_on_the_same_subjects_is_a_sentence(nats_server: Server):
    async def work(client: Client) -> None:
        await client.jetstream().add_stream(name="THEIRS", subjects=["market.>"])
        with pytest.raises(NoJournal, match="Another stream of this NATS holds subjects of the journal"):
            await keep(client, wanted())

    on(nats_server, work)


def test_a_nats_that_is_away_is_a_sentence(nats_server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("journal.jetstream.ANSWER_SECONDS", 0.2)
    assert ANSWER_SECONDS > 0.2

    async def work(client: Client) -> None:
        nats_server.kill()
        with pytest.raises(NoJournal, match="does not answer about the journal"):
            await reach(client)

    on(nats_server, work)


# -- Read --------------------------------------------------------------------------------------


def test_many_batches_come_in_order_and_without_a_gap(nats_server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pulling, "BATCH", 100)

    async def work(client: Client) -> list[Passed]:
        await keep(client, wanted())
        await publish(client, 2_050)
        return await everything(client)

    assert numbers(on(nats_server, work)) == list(range(2_050))


def test_batches_are_bounded_by_bytes_too(nats_server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pulling, "BATCH_BYTES", 10_000)

    async def work(client: Client) -> list[int]:
        await keep(client, wanted())
        await publish(client, 100, size=1_000)
        assert numbers(await everything(client)) == list(range(100))
        return [len(batch) async for batch in read(client, 0.0, 1e10)]

    assert max(on(nats_server, work)) <= 2 * 10


def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(nats_server: Server):
    async def work(client: Client) -> None:
        await keep(client, wanted())
        await publish(client, 50)
        times = [each.at for each in await everything(client)]
        between = await everything(client, times[10], times[40])
        assert [each.at for each in between] == [at for at in times if times[10] <= at < times[40]]
        assert await everything(client, times[-1] + 1) == []
        assert await everything(client, times[40], times[10]) == []

    on(nats_server, work)


def test_only_some_subjects_are_read_where_they_are_asked_for(nats_server: Server):
    async def work(client: Client) -> list[str]:
        await keep(client, wanted())
        for symbol in ("BTCUSDT", "ETHUSDT", "XRPUSDT"):
            await publish(client, 1, f"market.binance.depth.{symbol}")
            await publish(client, 1, f"market.okx.trade.{symbol}")
        asked = ["market.*.*.ETHUSDT", "market.*.depth.ETHUSDT", "market.okx.trade.XRPUSDT"]
        return [each.subject for each in await everything(client, subjects=asked)]

    assert on(nats_server, work) == [
        "market.binance.depth.ETHUSDT",
        "market.okx.trade.ETHUSDT",
        "market.okx.trade.XRPUSDT",
    ]


def test_what_goes_away_before_it_is_read_is_no_error(nats_server: Server, monkeypatch: pytest.MonkeyPatch):
    """A market that fell silent an hour ago: its last messages may go while they are asked for."""
    monkeypatch.setattr(pulling, "EXPIRES_SECONDS", 1)

    async def work(client: Client) -> list[list[Passed]]:
        await keep(client, wanted())
        await publish(client, 10)
        puller = pulling.Puller(client, "MARKET_JOURNAL", 0.0, 1e10)
        ask = puller._ask

        async def too_late() -> None:
            await client.jetstream().purge_stream("MARKET_JOURNAL")
            puller._ask = ask  # type: ignore[method-assign]
            await ask()

        puller._ask = too_late  # type: ignore[method-assign]
        await puller.begin([])
        found = []
        while not puller.is_over:
            found.append(await puller.taken())
        await puller.end()
        return found

    assert not any(on(nats_server, work))


def test_nobody_who_has_read_leaves_a_consumer_behind(nats_server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pulling, "BATCH", 10)

    async def work(client: Client) -> None:
        await keep(client, wanted())
        await publish(client, 100)
        await everything(client)
        async with aclosing(read(client, 0.0, 1e10)) as batches:
            async for _ in batches:
                assert await consumers(client) == 1
                break
        assert await consumers(client) == 0

        async def for_ever() -> None:
            async with aclosing(read(client, 0.0, 1e10)) as batches:
                async for _ in batches:
                    begun.set()
                    await asyncio.Event().wait()

        begun = asyncio.Event()
        reading = asyncio.create_task(for_ever())
        await begun.wait()
        reading.cancel()
        await asyncio.wait([reading])
        assert await consumers(client) == 0

    on(nats_server, work)


def test_nats_forgets_the_consumer_of_who_was_killed(nats_server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pulling, "FORGOTTEN_AFTER_SECONDS", 1)
    monkeypatch.setattr(pulling, "BATCH", 10)

    async def work(client: Client) -> None:
        await keep(client, wanted())
        await publish(client, 100)
        killed = await bus.connect(nats_url(nats_server.port), "killed")
        reading = read(killed, 0.0, 1e10)
        await anext(reading)
        assert await consumers(client) == 1
        await killed.close()
        while await consumers(client):
            await asyncio.sleep(0.05)

    on(nats_server, work)


def test_a_nats_that_is_killed_half_way_is_a_sentence(nats_server: Server, monkeypatch: pytest.MonkeyPatch):
    """A part of the journal must not pass for the whole of it."""
    monkeypatch.setattr(pulling, "BATCH", 10)
    monkeypatch.setattr(pulling, "SILENCE_SECONDS", 0.3)
    monkeypatch.setattr("journal.jetstream.ANSWER_SECONDS", 0.3)

    async def work(client: Client) -> None:
        await keep(client, wanted())
        await publish(client, 100)
        reading = read(client, 0.0, 1e10)
        await anext(reading)
        nats_server.kill()
        with pytest.raises(NoJournal, match=r"NATS (fell silent|went away|stopped reading)"):
            [batch async for batch in reading]

    on(nats_server, work)

"""Who keeps the journal: once for all, with the whole books in it, and told to everybody."""

from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as configured
from nats.aio.client import Client
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from journal.jetstream import NoJournal
from journal.keeper import WHOLE_AGAIN_SECONDS, Keeper, look_after
from journal.report import JournalReport, read
from journal.stream import reach, wanted
from journal.stream import read as read_journal
from messaging import bus
from metrics.store.keys import Keys
from tests.factories import Clock
from tests.servers import Server, nats, nats_url, running

PREFIX = configured.STORE_PREFIX
Work = Callable[[Client, Callable[[], Keeper]], Coroutine[Any, Any, None]]


def on(server: Server, clock: Clock, work: Work) -> None:
    """Do `work` with a connection, and a maker of keepers."""

    async def run() -> None:
        redis = AsyncRedis.from_url(configured.REDIS_URL)
        async with bus.connected(nats_url(server.port), "test") as client:
            await work(client, lambda: Keeper(redis, PREFIX, clock=clock))
        await redis.aclose()

    async_to_sync(run)()


def report(store: Redis, clock: Clock) -> JournalReport:
    found = read(store, PREFIX, clock())
    assert found
    return found


def test_from_the_first_look_on_it_is_kept_as_the_settings_have_it(
    nats_server: Server, store: Redis, clock: Clock, settings: Any
):
    async def work(client: Client, keeper: Callable[[], Keeper]) -> None:
        one = keeper()
        await one.look(client)
        assert (await reach(client)).limits == wanted()
        settings.JOURNAL_HOURS = 2
        await one.look(client)
        assert (await reach(client)).limits.seconds == 7200

    on(nats_server, clock, work)
    assert (report(store, clock).trouble, report(store, clock).most_seconds) == ("", 7200)


def test_a_stream_that_somebody_deleted_is_there_again(nats_server: Server, store: Redis, clock: Clock):
    async def work(client: Client, keeper: Callable[[], Keeper]) -> None:
        one = keeper()
        await one.look(client)
        await client.jetstream().delete_stream("MARKET_JOURNAL")
        await one.look(client)
        await reach(client)

    on(nats_server, clock, work)


@pytest.mark.parametrize("subjects", [["market.>"], ["binance.websocket.data"]])
def test_books_that_feeds_keep_whole_come_into_it_once_a_quarter_of_an_hour(
    nats_server: Server, store: Redis, clock: Clock, settings: Any, subjects: list[str]
):
    """Whichever subjects there are, and however many keepers."""
    settings.NATS_CONSUMER_TOPIC = settings.NATS_STRATEGIES_TOPIC = subjects
    changes = subjects[0].replace(">", "binance-usdm.diff.BTCUSDT")
    store.hset(Keys(PREFIX).wholes, "BTCUSDT@binance-usdm", b"")
    store.hset(Keys(PREFIX).wholes, "no market", b"")
    asked: Counter[str] = Counter()

    async def work(client: Client, keeper: Callable[[], Keeper]) -> None:
        async def answer(message: Any) -> None:
            asked[message.subject] += 1
            await client.publish(changes, b"the whole book")
            await message.respond(b"{}")

        await client.subscribe("snapshot.>", cb=answer)
        keepers = keeper(), keeper()
        for _ in range(2):
            for each in keepers:
                await each.look(client)
        assert asked == {"snapshot.binance-usdm.BTCUSDT": 1}
        clock.now += WHOLE_AGAIN_SECONDS
        for key in store.scan_iter(f"{PREFIX}:journal_asked:*"):
            assert WHOLE_AGAIN_SECONDS - 10 <= store.ttl(key) < WHOLE_AGAIN_SECONDS
            store.delete(key)
        for each in keepers:
            await each.look(client)
        assert asked == {"snapshot.binance-usdm.BTCUSDT": 2}
        while (await reach(client)).messages < 2:
            pass
        held = [each.data async for batch in read_journal(client, 0, 1e10) for each in batch]
        assert held == [b"the whole book"] * 2

    on(nats_server, clock, work)


def test_without_jetstream_the_sentence_is_told_and_logged_once(store: Redis, clock: Clock, caplog: Any):
    async def work(client: Client, keeper: Callable[[], Keeper]) -> None:
        one = keeper()
        await one.look(client)
        await one.look(client)

    with running(nats()) as server:
        on(server, clock, work)
    assert "without JetStream" in report(store, clock).trouble
    assert [each.message.split()[0] for each in caplog.records if each.name == "journal.keeper"] == [
        "journal_not_kept"
    ]


def test_a_nats_that_is_away_is_told_and_the_store_may_be_away_too(
    store: Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    class Enough(Exception):
        """It has gone on."""

    async def no_more(_: float) -> None:
        raise Enough

    monkeypatch.setattr("journal.keeper.asyncio.sleep", no_more)
    away = nats()
    for url in (configured.REDIS_URL, f"redis://127.0.0.1:{away.port}"):
        with pytest.raises(Enough):
            async_to_sync(look_after)(nats_url(away.port), url, PREFIX)
    found = read(store, PREFIX, 1e11)
    assert found
    assert found.trouble.startswith("NATS is away, or refuses to keep a journal:")


def test_subjects_that_cannot_be_kept_are_told(
    nats_server: Server, store: Redis, clock: Clock, settings: Any
):
    settings.NATS_STRATEGIES_TOPIC = [">"]

    async def work(client: Client, keeper: Callable[[], Keeper]) -> None:
        await keeper().look(client)
        with pytest.raises(NoJournal):
            await reach(client)

    on(nats_server, clock, work)
    assert report(store, clock).trouble.startswith("> matches whatever is said on NATS")

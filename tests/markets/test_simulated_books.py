"""An invented market answers who asks for its whole books, and a feed that hears it keeps them whole."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from markets.no_answer import NoAnswer
from markets.simulated_books import SimulatedBooks
from markets.simulation.frames import RawFrame
from markets.simulation.mishaps import ANSWER_FAULTS, LATE_SECONDS, RETRY_SECONDS, AnswerFaults
from messaging import bus
from metrics.domain.market import Expiry
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from metrics.store.reports import FeedReport
from tests.markets.simulation.keeper import START_MS, simulated
from tests.servers import Server, manage, nats, nats_url, running, until

PREFIX = "invented"
VENUES = ("--venues", "okx,binance-usdm", "--symbols", "2", "--seed", "1")


@pytest.fixture
def server() -> Iterator[Server]:
    with running(nats()) as server:
        yield server


# -- Without a network -----------------------------------------------------------------------


class Asked:
    """One venue's books, what of them was published, and how long anybody slept."""

    def __init__(self) -> None:
        (self.market,) = simulated("okx").markets
        self.market.tick(START_MS)
        self.published: list[RawFrame] = []
        self.slept: list[float] = []
        self.books = SimulatedBooks(
            self.market, "okx", "spot", self._publish, event_time_ms=lambda: START_MS, sleep=self._sleep
        )

    def snapshot(self, symbol: str = "BTCUSDT") -> bytes:
        return asyncio.run(self.books.snapshot(symbol))

    async def _publish(self, frames: list[RawFrame]) -> None:
        self.published += frames

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_what_is_answered_is_published_as_well():
    asked = Asked()
    body = asked.snapshot()
    (frame,) = asked.published
    assert (frame.symbol, frame.kind, frame.place) == ("BTCUSDT", "diff", "okx")
    told = msgspec.json.decode(frame.payload)
    assert told == {
        "stream": "btcusdt@depthSnapshot", "data": msgspec.json.decode(body), "source": "okx-websocket",
        "origin": "simulated",
    }  # fmt: skip
    assert asked.books.figures.snapshots == 1


def test_a_symbol_that_is_not_simulated_has_no_book_for_a_minute():
    with pytest.raises(NoAnswer, match="okx/spot has no whole book of NOSUCHUSDT") as caught:
        Asked().snapshot("NOSUCHUSDT")
    assert caught.value.retry_after == 60


def test_answers_are_late_or_refused_where_faults_are_wanted():
    asked = Asked()
    asked.market.answer_faults = AnswerFaults(ANSWER_FAULTS)
    for _ in range(3):
        asked.snapshot()
    assert asked.slept == [0, LATE_SECONDS, 0]
    with pytest.raises(NoAnswer) as caught:
        asked.snapshot()
    assert caught.value.retry_after == RETRY_SECONDS
    assert len(asked.published) == 3


# -- Over NATS -------------------------------------------------------------------------------


async def asked(server: Server, *subjects: str) -> tuple[list[Any], list[tuple[str, Any]]]:
    """What is answered on each, an exception where nobody does, and whole books heard meanwhile."""
    answers: list[Any] = []
    heard: list[tuple[str, Any]] = []
    async with bus.connected(nats_url(server.port), "asks") as client:

        async def take(message: Msg) -> None:
            if b"@depthSnapshot" in message.data:
                heard.append((message.subject, msgspec.json.decode(message.data)["data"]))

        begun = asyncio.Event()

        async def begin(_: Msg) -> None:
            begun.set()

        await client.subscribe("market.*.diff.*", cb=take)
        await client.subscribe("market.*.depth.*", cb=begin)
        await asyncio.wait_for(begun.wait(), 30)
        for subject in subjects:
            try:
                answers.append(msgspec.json.decode((await client.request(subject, timeout=5)).data))
            except NoRespondersError as error:
                answers.append(error)
        await client.flush()
    return answers, heard


def test_whoever_asks_a_simulator_over_nats_gets_the_book_and_everybody_hears_it(server: Server):
    environment = {"NATS_URL": nats_url(server.port)}
    with manage("simulate_market", *VENUES, "--subject", "market.*.depth.*", **environment) as process:
        answers, heard = asyncio.run(
            asked(
                server,
                "snapshot.okx.BTCUSDT",
                "snapshot.binance-usdm.ETHUSDT",
                "snapshot.okx.NOSUCHUSDT",
                "snapshot.okx-usdm.BTCUSDT",
            )
        )
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0, log
    spot, contracts, unknown, nobody = answers
    assert heard == [("market.okx.diff.BTCUSDT", spot), ("market.binance-usdm.diff.ETHUSDT", contracts)]
    assert len(spot["bids"]) == len(spot["asks"]) == 400
    assert unknown == {"error": "okx/spot has no whole book of NOSUCHUSDT", "retry_after_ms": 60_000}
    assert isinstance(nobody, NoRespondersError)


def test_a_simulator_without_changes_leaves_requests_to_others(server: Server):
    environment = {"NATS_URL": nats_url(server.port), "SIMULATED_VENUES": "okx"}
    arguments = ("--kinds", "depth,touch", "--subject", "market.*.depth.*")
    with manage("simulate_market", *arguments, **environment):
        answers, _ = asyncio.run(asked(server, "snapshot.okx.BTCUSDT"))
    assert isinstance(answers[0], NoRespondersError)


@pytest.mark.parametrize("faults", [(), ("--faults",)])
def test_a_feed_that_hears_it_has_every_book_whole(
    server: Server, store: redis.Redis, tmp_path: Path, faults: tuple[str, ...]
):
    environment = {
        "NATS_URL": nats_url(server.port),
        "STORE_PREFIX": PREFIX,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "PUSH_INTERVAL_MS": "50",
    }
    with manage("migrate", "-v0", **environment) as process:
        assert process.wait(60) == 0
    reader = StoreReader(store, Keys(PREFIX), Expiry())

    whole: list[FeedReport] = []

    def is_whole() -> bool:
        whole[:] = [each for each in reader.feeds() if each.full_books_whole == each.full_books_count == 4]
        return bool(whole)

    with manage("consume_depth", **environment), manage("simulate_market", *VENUES, *faults, **environment):
        until(is_whole, "whole books", 60)
        until(lambda: {row.book for row in reader.rows().values()} == {"live"}, "live")
    (report,) = whole
    assert {(each.market, each.symbol) for each in report.full_books} == {
        (market, symbol) for market in ("okx/spot", "binance/usdm") for symbol in ("BTCUSDT", "ETHUSDT")
    }
    assert report.full_book_contradictions == 0

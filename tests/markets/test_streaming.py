"""From a venue that is played to a real NATS, and requests for whole books the other way."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from nats.aio.msg import Msg

from markets.streaming import RECEIVED_AT, NobodyTrades, Publisher, stream_all
from markets.venue_stream import VenueStream
from messaging import bus
from messaging.bus import Link
from tests.markets.exchange import Exchange, RestAnswer, until
from tests.markets.running import stream_of
from tests.markets.venues_played import PlayedBinance, PlayedKraken, PlayedOkx
from tests.servers import nats, nats_url, running


def publishing(stream: VenueStream, link: Link) -> VenueStream:
    stream.publish = partial(Publisher(link).publish, stream.figures)
    return stream


@asynccontextmanager
async def streaming(*streams: VenueStream, url: str = "") -> AsyncIterator[tuple[Link, list[Msg]]]:
    """Runs streams to NATS; yields a link of somebody else's, and what is heard of all markets."""
    url = url or settings.NATS_URL
    async with bus.connected(url, "markets") as link, bus.connected(url, "test") as other:
        heard: list[Msg] = []

        async def hear(message: Msg) -> None:
            heard.append(message)

        await other.subscribe("market.>", cb=hear)
        await other.flush()
        task = asyncio.create_task(stream_all([publishing(stream, link) for stream in streams], link))
        try:
            yield other, heard
            assert not task.done(), task.exception()
        finally:
            task.cancel()
            await asyncio.wait({task})


async def ask(link: Link, subject: str) -> Any:
    return json.loads((await link.request(subject, b"", timeout=5)).data)


def really(test: Callable[[], Awaitable[None]]) -> None:
    """Run it in the time of everybody, as NATS is another process."""

    async def limited() -> None:
        async with asyncio.timeout(20):
            await test()

    asyncio.run(limited())


def test_frames__are_published_with_when_they_were_received() -> None:
    async def run() -> None:
        played = PlayedOkx(["BTC"])
        async with played.exchange().open() as exchange:
            stream = stream_of(played.venue, exchange)
            async with streaming(stream) as (_, heard):
                await until(lambda: len(heard) >= 2)
                await exchange.send(played.trade("BTC-USDT"))
                await until(lambda: len(heard) == 3)

                assert {message.subject for message in heard} == {
                    f"market.okx.{kind}.BTCUSDT" for kind in ("depth", "bookTicker", "trade")
                }
                for message in heard:
                    assert message.headers
                    assert abs(time.time() - int(message.headers[RECEIVED_AT]) / 1e6) < 10.0
                assert stream.figures.published == 3
                assert stream.figures.dropped == 0

    really(run)


def test_while_nats_is_away__frames_are_dropped_and_counted_and_flow_afterwards() -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC"])
        with running(nats()) as server:
            async with played.exchange().open() as exchange:
                stream = stream_of(played.venue, exchange, kinds=["trade"])
                async with streaming(stream, url=nats_url(server.port)) as (_, heard):
                    await until(lambda: heard)
                    server.kill()
                    await until(lambda: _sent_and(exchange, stream.figures.dropped > 3, played))
                    assert exchange.opened == 1
                    server.start()
                    before = len(heard)
                    await until(lambda: _sent_and(exchange, len(heard) > before, played))

                    assert exchange.opened == 1

    really(run)


def _sent_and(exchange: Exchange, is_so: bool, played: PlayedBinance) -> bool:
    """Look whether it is so; the venue goes on meanwhile."""
    asyncio.get_running_loop().create_task(exchange.send(played.trade("BTCUSDT")))
    return is_so


def test_a_frame_that_is_larger_than_nats_takes__is_dropped_and_counted() -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC"])
        async with played.exchange().open() as exchange:
            stream = stream_of(played.venue, exchange, kinds=["trade"])
            async with streaming(stream) as (_, heard):
                await until(lambda: heard)
                huge = json.dumps(
                    {"stream": "btcusdt@trade", "data": {"x": "y" * 2_000_000}}, separators=(",", ":")
                )
                await exchange.send(huge, played.trade("BTCUSDT"))
                await until(lambda: len(heard) == 2)

                assert stream.figures.dropped == 1
                assert exchange.opened == 1

    really(run)


# -- Whole books -----------------------------------------------------------------------------------


def test_a_request_for_a_whole_book__is_answered_and_the_book_is_published() -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC"])
        async with played.exchange().open() as exchange:
            stream = stream_of(played.venue, exchange, kinds=["diff"])
            async with streaming(stream) as (link, heard):
                await until(lambda: heard)
                answer = await ask(link, "snapshot.binance.BTCUSDT")
                await until(lambda: len(heard) == 2)

                answered = exchange.rest[played.depth_path.format("BTCUSDT")].body
                assert answer == json.loads(json.dumps(answered))
                assert heard[-1].subject == "market.binance.diff.BTCUSDT"
                assert json.loads(heard[-1].data)["stream"] == "btcusdt@depthSnapshot"
                assert json.loads(heard[-1].data)["data"] == answer
                assert stream.figures.snapshots == 1

    really(run)


@pytest.mark.parametrize(
    ("answer", "least", "most"),
    [
        (RestAnswer(b"", 429, {"Retry-After": "7"}), 6_000, 7_000),
        (RestAnswer(b"", 418, {"Retry-After": "9" * 400}), 1_000_000, 10**9),
        (RestAnswer(b"", 500), 1_000, 60_000),
        (RestAnswer(b"<html>"), 1_000, 60_000),
        (RestAnswer({"lastUpdateId": 1, "bids": ["1" * 2_000_000], "asks": []}), 60_000, 3_600_000),
    ],
)
def test_a_whole_book_that_cannot_be_had__is_answered_with_when_to_come_again(
    answer: RestAnswer, least: int, most: int
) -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC"])
        exchange = played.exchange()
        exchange.rest[played.depth_path.format("BTCUSDT")] = answer
        async with exchange.open():
            stream = stream_of(played.venue, exchange, kinds=["diff"])
            async with streaming(stream) as (link, heard):
                await until(lambda: heard)
                answered = await ask(link, "snapshot.binance.BTCUSDT")

                assert answered["error"].isprintable()
                assert least <= answered["retry_after_ms"] <= most
                assert stream.figures.snapshots_refused == 1

    really(run)


def test_who_asks_while_another_asks__gets_the_same_answer_for_one_question() -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC", "ETH"])
        async with (
            played.exchange().open() as exchange,
            streaming(stream_of(played.venue, exchange, kinds=["diff"])) as (link, heard),
        ):
            await until(lambda: len(heard) == 2)
            exchange.paths.clear()
            symbols = ["BTCUSDT", "ETHUSDT"] * 20
            answers = await asyncio.gather(*(ask(link, f"snapshot.binance.{each}") for each in symbols))

            assert all("bids" in answer for answer in answers)
            assert 2 <= len(exchange.paths) < 10

    really(run)


def test_more_requests_than_the_allowance__are_refused_and_not_passed_on() -> None:
    async def run() -> None:
        coins = [f"C{number}" for number in range(40)]
        played = PlayedBinance(coins)
        async with (
            played.exchange().open() as exchange,
            streaming(stream_of(played.venue, exchange, "top:50", ["diff"])) as (link, heard),
        ):
            await until(lambda: len(heard) >= 40)
            exchange.paths.clear()
            answers = await asyncio.gather(*(ask(link, f"snapshot.binance.{coin}USDT") for coin in coins))

            refused = [answer for answer in answers if "error" in answer]
            assert len(exchange.paths) == 40 - len(refused)
            assert 250 * len(exchange.paths) <= 3_000 + 250
            assert {answer["retry_after_ms"] for answer in refused} == {5_000}

    really(run)


@pytest.mark.parametrize("subject", ["snapshot.binance.NOSUCH", "snapshot.okx.BTCUSDT"])
def test_a_request_for_what_there_is_not__is_refused(subject: str) -> None:
    async def run() -> None:
        binance, okx = PlayedBinance(["BTC"]), PlayedOkx(["BTC"])
        async with binance.exchange().open() as one, okx.exchange().open() as other:
            streams = stream_of(binance.venue, one), stream_of(okx.venue, other)
            async with streaming(*streams) as (link, heard):
                await until(lambda: len(heard) >= 4)

                assert "has no snapshots of" in (await ask(link, subject))["error"]

    really(run)


# -- Several venues -----------------------------------------------------------------------------


def test_a_venue_that_trades_nothing_of_it__does_not_stop_the_others() -> None:
    async def run() -> None:
        okx, kraken = PlayedOkx(["BTC"]), PlayedKraken(["BTC"])
        async with okx.exchange().open() as one, kraken.exchange().open() as other:
            streams = stream_of(kraken.venue, other, "BTCUSDT"), stream_of(okx.venue, one, "BTCUSDT")
            async with streaming(*streams) as (_, heard):
                await until(lambda: heard)

                assert streams[0].figures.trouble == "kraken/spot trades none of BTCUSDT"
                assert streams[1].figures.trouble == ""

    really(run)


def test_where_no_venue_has_anything_of_it__it_ends_and_reports_why() -> None:
    async def run() -> None:
        okx, kraken = PlayedOkx(["BTC"]), PlayedKraken(["BTC"])
        async with (
            okx.exchange().open() as one,
            kraken.exchange().open() as other,
            bus.connected(settings.NATS_URL, "markets") as link,
        ):
            streams = [
                stream_of(kraken.venue, other, "BTCUSDT"),
                stream_of(okx.venue, one, "BTCUSDT", ["ticker"]),
            ]
            with pytest.raises(ExceptionGroup) as raised:
                await stream_all([publishing(stream, link) for stream in streams], link)

            (nobody,) = raised.value.exceptions
            assert isinstance(nobody, NobodyTrades)
            assert "kraken/spot trades none of BTCUSDT." in str(nobody)
            assert "okx/spot has none of the kinds" in str(nobody)

    really(run)

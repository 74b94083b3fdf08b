"""One connection to a venue that is played over real sockets, whatever it does; time is that of a clock that jumps."""

import asyncio
import itertools
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiolimiter import AsyncLimiter

from markets.askings import CALM_SECONDS, FIRST_WAIT_SECONDS
from markets.connection import Connection, Patience
from markets.domain.translated import Kind
from markets.domain.venue import Limits, Translator, Venue
from markets.figures import Figures
from tests.markets.exchange import Exchange, RestAnswer, until
from tests.markets.quick_time import now, quickly
from tests.markets.running import BOOKS_AND_TRADES, Published, changed
from tests.markets.venues_played import (
    KEEP_BOOKS,
    Played,
    PlayedBinance,
    PlayedBybit,
    PlayedCoinbase,
    PlayedKraken,
    PlayedOkx,
)

MINUTE = 60.0
HTML = b"<html>\r\n<h1>403 Forbidden</h1> \x1b[31m blocked by a firewall</html>"


class Running(Published):
    """A connection at work, and what is counted of it."""

    def __init__(self, figures: Figures, task: "asyncio.Task[None]", heard: Published) -> None:
        super().__init__()
        self.figures, self.task, self.heard, self.all = figures, task, heard, heard.all


@asynccontextmanager
async def connected(
    played: Played,
    url: str,
    kinds: tuple[Kind, ...] = BOOKS_AND_TRADES,
    patience: Patience | None = None,
    venue: Venue | None = None,
) -> AsyncIterator[Running]:
    """Connects with all the channels of what the venue lists, and fails where the connection gives up."""
    venue = venue or played.venue
    listings = venue.listings(
        {name: json.dumps(played.rest()[path].body).encode() for name, path in venue.listing_paths.items()}
    )
    wanted = [kind for kind in kinds if kind in venue.kinds]
    path, channels = next(iter(venue.channels(listings, wanted).items()))
    figures = Figures(venue.name, venue.form)
    heard = Published()
    connection = Connection(
        venue,
        url + path,
        channels,
        lambda now_us: venue.translator(listings, wanted, 50, now_us),
        heard.take,
        figures,
        AsyncLimiter(1, 300 / venue.limits.connections_in_five_minutes),
        patience or Patience(),
    )
    task = asyncio.create_task(connection.run())
    running = Running(figures, task, heard)
    try:
        yield running
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait({task})


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the engine has logged, each in one line."""
    logged = [each.getMessage() for each in caplog.records if each.name.startswith("markets.")]
    assert all(message.isprintable() for message in logged)
    return [message.partition(" ")[0] for message in logged]


def asked_for(played: Played, exchange: Exchange) -> Counter[str]:
    """How often each channel was asked for."""
    return Counter(channel for each in exchange.asked for channel in played.channels(each.message))


# -- Asking ----------------------------------------------------------------------------------


@pytest.mark.parametrize("play", [PlayedBinance, *KEEP_BOOKS])
def test_all_is_asked_for_once__in_batches_and_no_faster_than_the_venue_allows(
    play: Callable[..., Played],
) -> None:
    async def run() -> None:
        played = play(coins=[f"C{number}" for number in range(45)])
        venue = changed(played.venue, limits=Limits(1_000, 20, 3.0, 300))
        async with (
            played.exchange(most_a_second=4.0).open() as exchange,
            connected(played, exchange.origins[0], venue=venue) as running,
        ):
            await until(lambda: len(asked_for(played, exchange)) >= 90)
            await until(lambda: len({each.symbol for each in running.all}) == 45)

            assert exchange.opened == 1
            assert max(len(played.channels(each.message)) for each in exchange.asked) <= 20
            assert set(asked_for(played, exchange).values()) == {1}

    quickly(run())


def test_what_a_venue_wants_to_get_now_and_then__is_sent() -> None:
    async def run() -> None:
        played = PlayedOkx()
        async with played.exchange().open() as exchange, connected(played, exchange.origins[0]):
            await asyncio.sleep(3 * MINUTE)

            sent_at = [each.at for each in exchange.asked if each.message == "ping"]
            assert exchange.opened == 1
            assert len(sent_at) >= 8
            assert max(gaps(sent_at)) < 25.0

    quickly(run())


# -- Ends ------------------------------------------------------------------------------------


@pytest.mark.parametrize("play", KEEP_BOOKS)
def test_a_connection_that_is_cut__is_opened_again_with_all_its_books(play: Callable[[], Played]) -> None:
    async def run() -> None:
        played = play()
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0]) as running,
        ):
            await until(lambda: len(running.of("depth")) == 3)
            await exchange.cut()
            await until(lambda: running.figures.trouble)
            await until(lambda: len(running.of("depth")) == 6)

            assert exchange.opened == 2
            assert running.figures.trouble == ""
            ids = [book["lastUpdateId"] for book in running.of("depth", played.symbol("BTC"))]
            assert ids == sorted(set(ids))
            assert running.figures.connections_open == 1
            assert running.figures.reconnections == 1

    quickly(run())


def test_a_venue_that_sends_nothing_for_too_long__is_left_and_asked_again() -> None:
    async def run() -> None:
        played = PlayedOkx()
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], patience=Patience(silence=25.0)) as running,
        ):
            await until(lambda: running.of("depth"))
            exchange.is_silent = True
            await until(lambda: exchange.opened == 2)

            assert 20.0 < gaps(exchange.opened_at)[0] < 35.0
            assert running.figures.trouble == "nothing came for 25 s"
            exchange.is_silent = False
            await until(lambda: not running.figures.trouble)

    quickly(run())


def test_what_is_read_ever_later__is_left_behind_with_its_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Books without a time of their own would be taken for what the market is now."""

    async def run() -> None:
        played = PlayedBinance()
        symbol = played.symbol("BTC")
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("depth",)) as running,
        ):
            await until(lambda: running.of("depth"))

            async def send(seconds: int) -> None:
                for _ in range(20 * seconds):
                    await exchange.send(played.snapshot(symbol))
                    await asyncio.sleep(0.05)

            await send(20)
            assert exchange.opened == 1
            running.heard.work = 0.1
            sending = asyncio.create_task(send(20))
            await until(lambda: exchange.opened == 2)
            assert "what it sends is read more than 3 s late" in caplog.text
            running.heard.work = 0.0
            await sending
            assert (exchange.opened, running.figures.trouble) == (2, "")

    quickly(run())


def ended_at_once(exchange: Exchange) -> Callable[[Any], Iterator[str]]:
    def speaks(_message: Any) -> Iterator[str]:
        asyncio.get_running_loop().call_soon(
            lambda: asyncio.ensure_future(exchange.hang_up(1008, "Too many requests"))
        )
        yield PlayedOkx().snapshot("BTC-USDT")  # type: ignore[misc]

    return speaks


@pytest.mark.parametrize("speaks_first", [False, True])
def test_a_venue_that_hangs_up_again_and_again__is_asked_ever_later_even_where_it_speaks_first(
    speaks_first: bool,
) -> None:
    async def run() -> None:
        played = PlayedOkx()
        exchange = played.exchange(most_a_second=None if speaks_first else 0.0)
        if speaks_first:
            exchange._speaks = ended_at_once(exchange)
        async with exchange.open(), connected(played, exchange.origins[0]):
            await until(lambda: exchange.opened == 10, seconds=1_000.0)

            waits = gaps(exchange.opened_at)
            assert min(waits[-2:]) > 14.0
            assert max(waits) < 35.0

    quickly(run())


@pytest.mark.parametrize(
    "refusal",
    [
        RestAnswer(HTML, 403),
        RestAnswer(HTML, 200),
        RestAnswer(b"", 429, {"Retry-After": "5"}),
        RestAnswer(b"", 503),
        RestAnswer(b"", 301, {"Location": "/elsewhere"}),
    ],
)
def test_a_venue_that_answers_with_a_page__is_trouble_in_one_line_until_it_is_back(
    refusal: RestAnswer, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        played = PlayedOkx()
        exchange = played.exchange()
        exchange.refuses = refusal
        async with exchange.open(), connected(played, exchange.origins[0]) as running:
            await until(lambda: running.figures.reconnections == 3)
            assert running.figures.trouble.isprintable()
            exchange.refuses = None
            await until(lambda: running.of("depth"))

            assert running.figures.trouble == ""

    with caplog.at_level(logging.INFO, "markets"):
        quickly(run())
    assert events(caplog) == ["venue_away", "venue_back"]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 101 ",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"\x00\xff" * 50_000,
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5_000,
    ],
)
def test_what_is_no_venue_at_all__is_tried_again_and_again(answer: bytes) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(now())
        writer.write(answer)
        while not reader.at_eof():
            writer.write(b"x")
            await asyncio.sleep(1.0)

    tries: list[float] = []

    async def run() -> None:
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with connected(PlayedOkx(), f"ws://127.0.0.1:{port}") as running:
            await until(lambda: len(tries) == 3)
            assert running.figures.trouble
            assert running.figures.connections_open == 0
        server.close()

    quickly(run())


def test_a_message_that_is_far_too_large__ends_the_connection_and_not_the_process() -> None:
    async def run() -> None:
        played = PlayedOkx()
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0]) as running,
        ):
            await until(lambda: running.of("depth"))
            await exchange.send(b" " * (16 * 1024 * 1024 + 1))
            await until(lambda: exchange.opened == 2)
            await until(lambda: len(running.of("depth")) == 6)

    quickly(run())


def test_a_venue_that_answers_no_pings__is_not_left_while_it_speaks() -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC"])
        exchange = played.exchange()
        exchange.is_deaf_to_pings = True
        async with exchange.open(), connected(played, exchange.origins[0], ("trade",)):
            for _ in range(10):
                await asyncio.sleep(10.0)
                await exchange.send(played.trade("BTCUSDT"))

            assert exchange.opened == 1

    quickly(run())


# -- The next connection before the old one is cut ----------------------------------------------


def test_near_the_end_of_its_life__the_next_takes_over_and_no_frame_is_lost() -> None:
    """A hundred streams are asked for in many messages: what is asked for last begins last."""

    async def run() -> None:
        coins = [f"C{number}" for number in range(100)]
        played = PlayedBinance(coins)
        venue = changed(played.venue, limits=Limits(1_000, 10, 2.0, 300))
        async with (
            played.exchange(most_a_second=3.0).open() as exchange,
            connected(played, exchange.origins[0], ("diff",), Patience(life=30.0), venue) as running,
        ):
            for _ in range(900):
                await asyncio.sleep(0.1)
                await _send_everything(played, exchange)

            assert exchange.opened == 3
            assert len(exchange.open_now) <= 2
            for coin in coins:
                ids = {diff["u"] for diff in running.of("diff", f"{coin}USDT")}
                assert sorted(ids) == list(range(min(ids), max(ids) + 1))
            assert running.figures.trouble == ""

    quickly(run())


async def _send_everything(played: PlayedBinance, exchange: Exchange) -> None:
    """The next frame of the first stream of each batch, to every connection that has asked for it."""
    for stream in ("c9usdt@depth@100ms", "c99usdt@depth@100ms"):
        frame = played.frame(stream)
        for number in exchange.open_now:
            if any(stream in played.channels(message) for message in exchange.asked_on(number)):
                await exchange.send(frame, to=number)


def test_a_next_connection_that_fails__leaves_the_old_one_at_work_and_is_tried_again() -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC"])
        patience = Patience(silence=10 * MINUTE, life=20.0)
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("trade",), patience) as running,
        ):
            await until(lambda: running.of("trade"))
            exchange.refuses = RestAnswer(b"", 503)
            for _ in range(30):
                await asyncio.sleep(5.0)
                await exchange.send(played.trade("BTCUSDT"))
            await asyncio.sleep(1.0)

            assert len(running.of("trade")) == 31
            assert running.figures.reconnections > 3
            assert running.figures.trouble == ""
            assert exchange.open_now == [1]

            exchange.refuses = None
            await until(lambda: exchange.open_now == [2])

    quickly(run())


def test_a_next_connection_that_sends_nothing__does_not_take_over() -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC"])
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("trade",), Patience(life=20.0)) as running,
        ):
            await until(lambda: running.of("trade"))
            played.answers_subscriptions = False
            await until(lambda: exchange.opened == 2)
            for _ in range(5):
                await asyncio.sleep(5.0)
                await exchange.send(played.trade("BTCUSDT"), to=1)

            assert exchange.open_now == [1, 2]
            await until(lambda: len(running.of("trade")) == 6)

            await exchange.send(played.trade("BTCUSDT"), to=2)
            await until(lambda: exchange.open_now == [2])

    quickly(run())


def test_an_old_connection_that_is_cut_before_the_next_has_spoken__is_followed_by_the_next() -> None:
    async def run() -> None:
        played = PlayedBinance(["BTC"])
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("trade",), Patience(life=20.0)) as running,
        ):
            await until(lambda: running.of("trade"))
            played.answers_subscriptions = False
            await until(lambda: exchange.asked_on(2))
            await exchange.cut(1)
            await exchange.send(played.trade("BTCUSDT"))
            await until(lambda: len(running.of("trade")) == 2)

            assert exchange.opened == 2

    quickly(run())


# -- Books that are lost -------------------------------------------------------------------------


@pytest.mark.parametrize("play", KEEP_BOOKS)
def test_a_lost_book__is_asked_for_again_alone_and_begins_anew(play: Callable[[], Played]) -> None:
    async def run() -> None:
        played = play()
        lost, kept = played.names[:2]
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("depth",)) as running,
        ):
            await until(lambda: len(running.of("depth")) == 3)
            await asyncio.sleep(CALM_SECONDS + FIRST_WAIT_SECONDS + 1.0)
            asked_before, opened_before = len(exchange.asked), exchange.opened
            await exchange.send(played.broken(lost), played.moved(kept))
            await until(lambda: len(running.of("depth", played.symbol("BTC"))) == 2 + opened_before - 1)

            asked = [played.channels(each.message) for each in exchange.asked[asked_before:]]
            channels = [channel for each in asked for channel in each]
            assert [channel for channel in channels if lost in channel] == channels
            assert len(channels) == 1
            assert running.figures.lost_books.total() == 1
            assert exchange.opened == opened_before
            best = running.of("depth", played.symbol("BTC"))[-1]["bids"][0][0]
            assert best == played.book(lost).bids[0][0]

    quickly(run())


def test_a_book_whose_snapshots_are_always_wrong__is_asked_for_ever_later() -> None:
    async def run() -> None:
        played = PlayedKraken(["BTC"])
        played.checksum = lambda name: 7  # type: ignore[method-assign]
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("depth",)) as running,
        ):
            await asyncio.sleep(3 * MINUTE)

            asked_at = [each.at for each in exchange.asked if played.channels(each.message)]
            assert [round(gap, -1) for gap in gaps(asked_at)[:5]] == [10, 20, 40, 80]
            assert running.figures.lost_books == {"checksum": len(asked_at)}
            assert not running.all

    quickly(run())


@pytest.mark.parametrize("play", KEEP_BOOKS)
def test_a_snapshot_that_never_comes__is_asked_for_again(play: Callable[[], Played]) -> None:
    async def run() -> None:
        played = play()
        played.answers_subscriptions = False
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("depth",), Patience(silence=10 * MINUTE)) as running,
        ):
            await asyncio.sleep(15.0)
            assert not running.all
            played.answers_subscriptions = True
            await until(lambda: len(running.of("depth")) == 3)

            assert exchange.opened == 1

    quickly(run())


def test_a_late_snapshot__is_not_asked_for_twice() -> None:
    async def run() -> None:
        played = PlayedOkx(["BTC"])
        played.answers_subscriptions = False
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("depth",)) as running,
        ):
            await asyncio.sleep(5.0)
            await exchange.send(
                played.moved("BTC-USDT"), played.snapshot("BTC-USDT"), played.moved("BTC-USDT")
            )
            await until(lambda: running.of("depth"))

            assert len([each for each in exchange.asked if each.message != "ping"]) == 1
            assert running.of("depth")[0]["bids"][0] == list(played.book("BTC-USDT").bids[0])

    quickly(run())


def test_a_book_that_is_lost_a_thousand_times_a_second__is_asked_for_now_and_then() -> None:
    async def run() -> None:
        played = PlayedBybit(["BTC"])
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("depth",)) as running,
        ):
            await until(lambda: running.of("depth"))
            for _ in range(1_000):
                await exchange.send(played.snapshot("BTCUSDT"), played.broken("BTCUSDT"))
            await asyncio.sleep(MINUTE)

            assert running.figures.lost_books["gap"] >= 1_000
            asked = [each for each in exchange.asked if each.message["op"] != "ping"]
            assert len(asked) < 10

    quickly(run())


def test_all_books_of_a_connection_that_are_lost_together__are_asked_for_in_few_messages() -> None:
    async def run() -> None:
        played = PlayedOkx([f"C{number}" for number in range(200)])
        async with (
            played.exchange(most_a_second=3.0).open() as exchange,
            connected(played, exchange.origins[0], ("depth",)) as running,
        ):
            await until(lambda: len(running.of("depth")) == 200)
            await asyncio.sleep(CALM_SECONDS + FIRST_WAIT_SECONDS + 1.0)
            asked = len(exchange.asked)
            await exchange.send(*(played.broken(name) for name in played.names))
            await until(lambda: len(running.of("depth")) == 400)

            assert running.figures.lost_books["gap"] == 200
            assert exchange.opened == 1
            assert (
                len([each for each in exchange.asked[asked:] if each.message != "ping"]) <= 2 * (200 / 40) + 4
            )

    quickly(run())


# -- What cannot be read, and noes ----------------------------------------------------------------


@pytest.mark.parametrize("play", [PlayedOkx, PlayedCoinbase, PlayedKraken])
def test_a_channel_that_is_refused__is_reported_once_and_the_others_go_on(
    play: Callable[[], Played], caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        played = play()
        venue = changed(played.venue, limits=Limits(1_000, 1, 20.0, 300))
        channel = venue.channels(venue.listings(_answers(played)), ["depth"])
        books = next(iter(channel.values()))
        played.refuses = frozenset(each for each in books if each.endswith(played.names[0])) - {
            each for each in books if each.startswith("heartbeat")
        }
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("depth",), venue=venue) as running,
        ):
            await asyncio.sleep(3 * MINUTE)

            symbols = {each.symbol for each in running.all}
            assert symbols == {played.symbol("ETH"), played.symbol("SOL")}
            assert running.figures.refusals.total() < 20

    quickly(run())
    assert events(caplog).count("venue_refused") <= 2  # to subscribe, and to unsubscribe


def _answers(played: Played) -> dict[str, bytes]:
    paths = played.venue.listing_paths.items()
    return {name: json.dumps(played.rest()[path].body).encode() for name, path in paths}


def test_messages_that_cannot_be_read__are_counted_reported_once_and_change_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> None:
        played = PlayedOkx(["BTC"])
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("depth",)) as running,
        ):
            await until(lambda: running.of("depth"))
            await exchange.send("[" * 100_000, b"\xff\xfe", "", "null", "<html>\n</html>", '{"arg":NaN}')
            await exchange.send(played.moved("BTC-USDT"))
            await until(lambda: len(running.of("depth")) == 2)

            assert running.figures.unreadable == 6
            assert exchange.opened == 1

    quickly(run())
    assert events(caplog) == ["venue_unreadable"]


def test_a_mistake_of_ours__ends_the_connection_and_is_not_hidden_even_where_an_old_one_is_at_work() -> None:
    class Mistaken(PlayedBinance):
        is_right = True

    played = Mistaken(["BTC"])

    def translator(_: Venue, *arguments: Any) -> Translator:
        if not played.is_right:
            raise RuntimeError("a mistake")
        return played.venue.translator(*arguments)

    async def run() -> None:
        venue = changed(played.venue, translator=translator)
        async with (
            played.exchange().open() as exchange,
            connected(played, exchange.origins[0], ("trade",), Patience(life=20.0), venue) as running,
        ):
            await until(lambda: running.of("trade"))
            played.is_right = False
            await asyncio.sleep(MINUTE)

    with pytest.raises(AssertionError, match="a mistake"):
        quickly(run())

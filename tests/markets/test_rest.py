"""What a venue is asked over REST, and what it answers, over real sockets and by a clock that jumps."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from markets.no_answer import NoAnswer
from markets.rest import LONGEST_WAIT_SECONDS, Rest
from tests.markets.exchange import Exchange, RestAnswer
from tests.markets.quick_time import now, quickly


@asynccontextmanager
async def asking(
    answer: RestAnswer, weight_a_minute: float = 6_000.0
) -> AsyncIterator[tuple[Exchange, Rest]]:
    async with Exchange(lambda _: (), {"/book": answer}).open() as exchange:
        rest = Rest(exchange.origins[1], weight_a_minute)
        yield exchange, rest
        await rest.close()


def refusal(answer: RestAnswer) -> NoAnswer:
    """What is sent where the venue answers so."""

    async def run() -> NoAnswer:
        async with asking(answer) as (_, rest):
            with pytest.raises(NoAnswer) as raised:
                await rest.get("/book")
            return raised.value

    return quickly(run())


def test_an_answer__is_its_body() -> None:
    async def run() -> bytes:
        async with asking(RestAnswer(b'{"a":1}')) as (_, rest):
            return await rest.get("/book")

    assert quickly(run()) == b'{"a":1}'


@pytest.mark.parametrize("status", [429, 418])
@pytest.mark.parametrize(
    ("stated", "wait"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("", 10.0),
        ("soon", 10.0),
        ("-5", 10.0),
        ("1e9", 10.0),
        ("9" * 400, LONGEST_WAIT_SECONDS),
    ],
)
def test_who_has_asked_too_often__learns_how_long_to_wait(status: int, stated: str, wait: float) -> None:
    assert refusal(RestAnswer({}, status, {"Retry-After": stated})).retry_after == wait


def test_who_has_asked_too_often__asks_nothing_at_all_until_it_may() -> None:
    async def run() -> None:
        async with asking(RestAnswer({}, 418, {"Retry-After": "30"})) as (exchange, rest):
            for _ in range(10):
                with pytest.raises(NoAnswer) as raised:
                    await rest.get("/book")
                assert 0 < raised.value.retry_after <= 30.0
            assert len(exchange.paths) == 1

            exchange.rest["/book"] = RestAnswer({})
            await asyncio.sleep(raised.value.retry_after)
            assert await rest.get("/book") == b"{}"

    quickly(run())


@pytest.mark.parametrize("status", [301, 403, 404, 451, 500, 503])
def test_any_other_status__is_no_answer_in_one_line(status: int) -> None:
    error = refusal(RestAnswer(b"<html>\r\n\x1b[31m" + b"x" * 100_000, status, {"Retry-After": "9"}))

    assert str(error).startswith(f"HTTP {status}: <html>")
    assert str(error).isprintable()
    assert len(str(error)) <= 200
    assert error.retry_after == 10.0


def test_a_body_that_swells__is_not_read_to_its_end() -> None:
    body = gzip.compress(b" " * (66 * 1024 * 1024), compresslevel=1)

    error = refusal(RestAnswer(body, 200, {"Content-Encoding": "gzip"}))

    assert str(error) == "the answer is too large"


def test_a_body_that_is_not_what_it_states__is_no_answer() -> None:
    assert "Decoding" in str(refusal(RestAnswer(b"no gzip", 200, {"Content-Encoding": "gzip"})))


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"x")
        await asyncio.sleep(5.0)


async def _send_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize("behaves", [_drip, _send_nothing, _hang_up])
def test_a_server_that_drips_or_sends_nothing_or_hangs_up__is_left(behaves: object) -> None:
    async def run() -> None:
        server = await asyncio.start_server(behaves, "127.0.0.1", 0)  # type: ignore[arg-type]
        rest = Rest(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", 600.0)
        began = now()
        with pytest.raises(NoAnswer):
            await rest.get("/book")
        assert now() - began < 65.0
        await rest.close()
        server.close()

    quickly(run())


def test_nobody_there__is_no_answer() -> None:
    async def run() -> None:
        rest = Rest("http://127.0.0.1:9", 600.0)
        with pytest.raises(NoAnswer, match="ConnectError"):
            await rest.get("/book")
        await rest.close()

    quickly(run())


def test_requests_of_any_minute__weigh_no_more_than_the_venue_allows() -> None:
    """A thousand symbols that want their books at once, as after a restart."""

    async def run() -> None:
        async with asking(RestAnswer(b"{}"), weight_a_minute=6_000.0) as (exchange, rest):
            times: list[float] = []

            async def ask() -> None:
                await rest.get("/book", 250.0)
                times.append(now())

            await asyncio.gather(*(ask() for _ in range(60)))

            assert len(exchange.paths) == 60
            times.sort()
            for begin in times:
                assert 250 * sum(begin <= each < begin + 60.0 for each in times) <= 6_000

    quickly(run())


def test_who_does_not_wait__learns_at_once_when_to_come_again() -> None:
    async def run() -> None:
        async with asking(RestAnswer(b"{}"), weight_a_minute=1_000.0) as (exchange, rest):
            for _ in range(2):
                await rest.get("/book", 250.0, waits=False)
            began = now()
            with pytest.raises(NoAnswer, match="used up") as raised:
                await rest.get("/book", 250.0, waits=False)
            assert now() - began < 0.5
            assert len(exchange.paths) == 2

            await asyncio.sleep(raised.value.retry_after)
            await rest.get("/book", 250.0, waits=False)

    quickly(run())

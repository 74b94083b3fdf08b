"""`stream_market` as it is run: a process of its own, before venues that are played, and a real NATS."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from django.core.management import ManagementUtility, call_command
from django.core.management.base import CommandError
from nats.aio.msg import Msg

from markets.domain.venue import origin_names
from messaging import bus
from tests.markets.exchange import Exchange, until
from tests.markets.venues_played import Played, PlayedBinance, PlayedKraken, PlayedOkx
from tests.servers import ROOT, nats, nats_url, running


def settings_of(*venues: tuple[Played, Exchange]) -> dict[str, str]:
    """The environment that stands these venues in the place of the real ones."""
    return {
        name: origin
        for played, exchange in venues
        for name, origin in zip(origin_names(played.venue), exchange.origins, strict=True)
    }


@asynccontextmanager
async def stream_market(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("manage.py", "stream_market", *arguments),
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def printed(process: asyncio.subprocess.Process) -> str:
    """All that it printed until it ended."""
    assert process.stdout
    return (await process.stdout.read()).decode()


def test_two_venues__come_on_the_subjects_of_their_markets_once_they_and_nats_are_there() -> None:
    async def run() -> None:
        okx, binance = PlayedOkx(["BTC", "ETH"]), PlayedBinance(["BTC", "ETH"])
        one, other, server = okx.exchange(), binance.exchange(), nats()
        async with one.open(), other.open():
            pass  # their ports are known, and nobody is there
        environment = {"NATS_URL": nats_url(server.port), **settings_of((okx, one), (binance, other))}
        choice = ("--venue", "okx,binance", "--symbols", "BTCUSDT", "--kinds", "depth,diff,touch")
        async with asyncio.timeout(60), stream_market(*choice, **environment) as process:
            await heard_of(process, "nats_unreachable")
            with running(server):
                await heard_of(process, "venue_away okx/spot", "venue_away binance/spot")
                async with one.open(), other.open(), bus.connected(nats_url(server.port), "test") as link:
                    heard: list[Msg] = []

                    async def hear(message: Msg) -> None:
                        heard.append(message)

                    await link.subscribe("market.>", cb=hear)
                    await until(lambda: len(heard) == 5)
                    answer = await link.request("snapshot.binance.BTCUSDT", b"", timeout=5)
                    process.send_signal(signal.SIGTERM)

                    assert await process.wait() == 0
                    assert {message.subject for message in heard[:5]} == {
                        "market.okx.depth.BTCUSDT",
                        "market.okx.bookTicker.BTCUSDT",
                        "market.binance.depth.BTCUSDT",
                        "market.binance.diff.BTCUSDT",
                        "market.binance.bookTicker.BTCUSDT",
                    }
                    assert json.loads(answer.data).keys() == {"lastUpdateId", "bids", "asks"}
                    assert "Traceback" not in await printed(process)

    asyncio.run(run())


async def heard_of(process: asyncio.subprocess.Process, *events: str) -> None:
    """Read on until it has printed all of these."""
    assert process.stdout
    missing = set(events)
    while missing:
        line = (await process.stdout.readline()).decode()
        assert line, f"it ended, and did not print {missing}"
        missing = {event for event in missing if event not in line}


@contextmanager
def played_beside(played: Played, settings: Any) -> Iterator[Exchange]:
    """A venue in a thread of its own, to which the settings of this process lead."""
    exchange = played.exchange()
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(exchange.open()):
        settings.VENUE_ORIGINS = settings_of((played, exchange))
        yield exchange


def test_a_check__reports_after_how_long_each_kind_came(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with played_beside(PlayedOkx(["BTC"]), settings):
        call_command("stream_market", "--venue", "okx", "--check", "--kinds", "depth,touch,ticker")

    stated = capsys.readouterr().out
    assert stated.count("after 0.") == 2
    assert "ticker" not in stated


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--check", "--symbols", "NOSUCH"), "kraken/spot trades none of NOSUCH."),
        (("--check", "--kinds", "ticker", "--symbols", "BTCUSD"), "kraken/spot has none of the kinds"),
    ],
)
def test_a_check_that_finds_nothing__reports_why_and_fails(
    arguments: tuple[str, ...],
    words: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with (
        played_beside(PlayedKraken(["BTC"]), settings),
        pytest.raises(CommandError, match="Not everything works"),
    ):
        call_command("stream_market", "--venue", "kraken", *arguments)

    assert words in capsys.readouterr().out


def test_where_no_venue_trades_it__the_command_fails_with_one_sentence(settings: Any) -> None:
    with (
        played_beside(PlayedKraken(["BTC"]), settings),
        pytest.raises(CommandError, match=r"^kraken/spot trades none of NOSUCH\.$"),
    ):
        call_command("stream_market", "--venue", "kraken", "--symbols", "NOSUCH")


def test_a_venue_that_has_not_the_form__is_a_mistake() -> None:
    with pytest.raises(CommandError, match="kraken is read for spot only"):
        call_command("stream_market", "--venue", "kraken", "--form", "usdm")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--venue", "mtgox"), "'mtgox' is none of binance, binance-usdm, okx"),
        (("--symbols", "top:0"), "'top:0' is neither a symbol nor top:N."),
        (("--kinds", "touch,bookTicker"), "'bookTicker' is none of depth, diff, trade, touch, ticker"),
        (("--form", "coinm"), "'coinm' is none of spot, usdm"),
    ],
)
def test_what_cannot_be_meant__is_reported_at_once(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        ManagementUtility(["manage.py", "stream_market", *arguments]).execute()

    assert words in capsys.readouterr().err

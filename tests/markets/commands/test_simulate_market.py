"""The simulator keeps its pace and reaches NATS."""

import asyncio
import re
import signal
import subprocess
import sys
from itertools import pairwise
from random import Random

import msgspec
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management import CommandError, call_command

from markets.management.commands.simulate_market import simulate
from markets.simulation.frames import RawFrame
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from messaging import bus
from tests.markets.commands.conftest import Time


def simulated(time: Time, seconds: float, work: float = 0.0, pause_at: int = -1) -> list[float]:
    """When each tick was published."""
    rng = Random(1)
    published: list[float] = []

    async def publish(_: list[RawFrame]) -> None:
        published.append(time.now)
        time.now += 30.0 if len(published) == pause_at else work

    async_to_sync(simulate)(
        SimulatedMarket(listings(3, "mixed", rng), 10, rng),
        publish,
        seconds,
        clock=time.clock,
        sleep=time.sleep,
        event_time_ms=lambda: round(1000 * time.now),
    )
    return published


def test_the_pace_does_not_drift(time: Time):
    published = simulated(time, 60, work=0.007)
    assert len(published) == 60 * 50
    assert published[-1] - published[0] == pytest.approx(60, abs=0.03)


def test_a_pause_is_skipped(time: Time):
    published = simulated(time, 60, pause_at=1_000)
    gaps = [b - a for a, b in pairwise(published[1_000:])]
    assert gaps == pytest.approx([0.02] * len(gaps))


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "simulate_market", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def hear(subject: str, process: subprocess.Popen[str], until: int) -> list[tuple[str, bytes]]:
    heard: list[tuple[str, bytes]] = []
    enough = asyncio.Event()
    async with bus.connected(settings.NATS_URL, "test") as client:

        async def take(message) -> None:
            heard.append((message.subject, message.data))
            if len(heard) >= until:
                enough.set()

        await client.subscribe(subject, cb=take)
        try:
            await asyncio.wait_for(enough.wait(), 30)
        finally:
            process.send_signal(signal.SIGTERM)
    return heard


def test_frames_reach_nats_and_sigterm_is_an_ordinary_end():
    process = start("--symbols", "5", "--rate", "20", "--subject", "simulated.data")
    heard = async_to_sync(hear)("simulated.data", process, 500)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 0, output
    assert re.search(r"Published [\d,]+ frames\.", output)
    symbols = {msgspec.json.decode(data)["stream"].partition("@")[0] for _, data in heard}
    assert symbols == {"btcusdt", "ethusdt", "solusdt", "bnbusdt", "xrpusdt"}


def test_stars_in_the_subject_give_every_symbol_its_own():
    process = start("--symbols", "2", "--rate", "20", "--subject", "simulated.*.depth.*")
    heard = async_to_sync(hear)("simulated.binance.>", process, 300)
    process.communicate(timeout=20)
    subjects = {subject for subject, _ in heard}
    kinds = ("depth", "trade", "ticker", "bookTicker")
    assert subjects == {
        f"simulated.binance.{kind}.{symbol}" for kind in kinds for symbol in ("BTCUSDT", "ETHUSDT")
    }


def test_each_venue_has_subjects_of_its_own_and_sends_all_kinds():
    process = start(
        "--venues", "binance,okx-usdm", "--symbols", "1", "--rate", "20", "--subject", "simulated.*.*.*"
    )
    heard = async_to_sync(hear)("simulated.>", process, 300)
    output, _ = process.communicate(timeout=20)
    assert "Simulating 1 symbols at each of binance, okx-usdm." in output
    kinds = ("depth", "diff", "trade", "ticker", "bookTicker")
    assert {subject for subject, _ in heard} == {
        f"simulated.{place}.{kind}.BTCUSDT" for kind in kinds for place in ("binance", "okx-usdm")
    }


def test_kinds_are_called_as_those_of_stream_market():
    process = start("--kinds", "diff,touch", "--symbols", "1", "--subject", "simulated.*.*.*")
    heard = async_to_sync(hear)("simulated.>", process, 20)
    process.communicate(timeout=20)
    assert {subject for subject, _ in heard} == {
        "simulated.binance.diff.BTCUSDT", "simulated.binance.bookTicker.BTCUSDT"
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("--symbols", "0"),
        ("--rate", "-1"),
        ("--kinds", "depth,nonsense"),
        ("--subject", "a.>"),
        ("--venues", "binance,ftx"),
        ("--venues", "binance", "--form", "spot"),
    ],
)
def test_wrong_options_are_sentences(arguments: tuple[str, str]):
    with pytest.raises(CommandError):
        call_command("simulate_market", *arguments)

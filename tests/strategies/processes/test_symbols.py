"""Symbols of all scripts from the bus to the signal and back to the bus, through every process of the product."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import websockets
from nats.aio.msg import Msg

from messaging.bus import connected, flush
from realtime.stack.servers import LOCALHOST
from symbols import fault_of
from tests.servers import ROOT, nats_url, until
from tests.strategies.house import House, heard, strategies
from tests.strategies.processes.asking import Market, reports, statuses, suppressed
from tests.strategies.test_engine import depth

SYMBOLS = ["币安人生USDT", "BTCUSDT_251226", "비트코인KRW"]


@pytest.fixture(scope="module")
def trading(house: House) -> Iterator[House]:
    """A feed and two strategy processes that share the symbols, each of which has a subject of its own."""
    before = house.environment
    house.environment = before | {"NATS_CONSUMER_TOPIC": "market.*.depth.*"}
    with (
        house.running("consume_depth"),
        strategies(house, 1, "--partition", "0/2"),
        house.running("run_strategies", "--partition", "1/2"),
    ):
        until(lambda: len(heard(house)) == 2, "both strategy processes", 40)
        yield house
    house.environment = before


def publish(house: House, symbol: str, *frames: bytes) -> None:
    async def send() -> None:
        async with connected(nats_url(house.nats.port), "tests") as client:
            for frame in frames:
                await client.publish(f"market.binance.depth.{symbol}", frame)
            await flush(client)

    asyncio.run(send())


def flip(house: House, symbol: str) -> None:
    """A skewed book after an even one: a signal, unless something holds it back."""
    Market.update_id += 10
    publish(house, symbol, depth(1, 1, Market.update_id, symbol), depth(2.9, 1, Market.update_id + 1, symbol))


def signals(house: House, symbol: str, state: str = "sent") -> list[dict[str, Any]]:
    return list(house.ask("GET", f"/signals?symbol={quote(symbol)}&state={state}")["signals"])


def first_frame(house: House, path: str) -> dict[str, Any]:
    """The first frame of a socket."""

    async def listen() -> dict[str, Any]:
        async with websockets.connect(f"ws://{LOCALHOST}:{house.port}{path}") as socket, asyncio.timeout(10):
            return json.loads(await socket.recv())

    return asyncio.run(listen())


def halted(house: House, symbol: str) -> bool:
    """Is it, in every process?"""
    return all([halt.symbol for halt in report.halts] == [symbol] for report in reports(house))


def nothing_halted(house: House) -> bool:
    return not any(report.halts for report in reports(house))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_from_the_bus_to_numbers_an_override_a_signal_and_a_halt(trading: House, symbol: str):
    house, address = trading, quote(symbol)
    publish(house, symbol, depth(1, 1, 1, symbol))
    until(lambda: "symbol" in house.ask("GET", f"/metrics/depth/{address}"), "its numbers")
    assert first_frame(house, f"/ws/depth/{address}/")["symbol"] == symbol

    async def override() -> tuple[Msg, Msg]:
        """Set it, and let the strategies decide; what the bus carries of both."""
        async with connected(nats_url(house.nats.port), "tests") as client:
            changes = await client.subscribe(f"config.changed.orderbook_skew.{symbol}")
            intents = await client.subscribe("cio.intent.trading.orderbook_skew")
            await flush(client)
            stated = {"parameters": {"buy_threshold": 1.9}, "reason": "thin book"}
            await asyncio.to_thread(house.ask, "POST", f"/strategies/orderbook_skew/config/{address}", stated)
            change = await changes.next_msg(5)
            await asyncio.to_thread(
                until, lambda: statuses(house, address) == ["applied", "applied"], "in force"
            )
            await asyncio.to_thread(flip, house, symbol)
            return change, await intents.next_msg(5)

    change, intent = (json.loads(message.data) for message in asyncio.run(override()))
    assert (change["symbol"], change["overrides"]) == (symbol, {"buy_threshold": 1.9})
    used = intent["metadata"]["strategy_config"]
    assert (intent["symbol"], used["is_override"], used["version"]) == (symbol, True, 1)
    until(lambda: [signal["id"] for signal in signals(house, symbol)] == [intent["id"]], "the signal, kept")

    held_back = suppressed(house)
    assert f"all strategies on {symbol}" in house.do("halt", "--symbol", symbol.lower(), "--reason", "odd")
    until(lambda: halted(house, symbol), "halted", 3)
    flip(house, symbol)
    until(lambda: suppressed(house) == held_back + 1, "held back")
    until(lambda: len(signals(house, symbol, "halted")) == 1, "listed as held back")
    assert signals(house, symbol, "halted")[0]["halted_by"]["symbol"] == symbol
    house.do("resume", "--symbol", symbol, "--reason", "fine")
    until(lambda: nothing_halted(house), "resumed", 3)
    flip(house, symbol)
    until(lambda: len(signals(house, symbol)) == 2, "a signal again")
    assert httpx.get(f"http://{LOCALHOST}:{house.port}/metrics").is_success


@pytest.mark.database
def test_a_halt_issued_without_the_database_is_on_record_when_it_is_back(trading: House):
    house, symbol = trading, "币安人生USDT"
    house.database.take_away()
    try:
        until(lambda: not any(report.database_answers for report in reports(house)), "away", 10)
        assert "file, NATS" in house.do("halt", "--symbol", symbol, "--reason", "odd")
        until(lambda: halted(house, symbol), "halted", 3)
        assert symbol in (house.directory / "strategies" / "halts.json").read_text("utf-8")
    finally:
        house.database.bring_back()
    asked = f"/config/events?symbol={quote(symbol)}&limit=1"
    until(lambda: house.ask("GET", asked)["data"][0]["reason"] == "odd", "on record", 10)
    house.do("resume", "--symbol", symbol, "--reason", "fine")
    until(lambda: nothing_halted(house), "resumed", 3)


@pytest.mark.parametrize("verb", ["halt", "resume"])
def test_a_shell_refuses_what_only_looks_like_a_symbol(trading: House, verb: str):
    stated = subprocess.run(
        [sys.executable, "manage.py", verb, "--symbol", "ВTCUSDT", "--reason", "odd"],
        cwd=ROOT,
        env=trading.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert stated.returncode != 0
    assert f"symbol must be {fault_of('ВTCUSDT')}" in stated.stderr
    assert nothing_halted(trading)

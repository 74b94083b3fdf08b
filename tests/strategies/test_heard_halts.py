"""Halts issued on the bus: acknowledged, and nonsense is not."""

from typing import Any

import msgspec
import pytest
from asgiref.sync import async_to_sync
from nats.aio.client import Client
from nats.aio.msg import Msg

from halts import in_process
from halts.domain import MOST_AT_ONCE, HaltRecord
from halts.in_process import MOST_A_SECOND
from realtime.logs import OneLine
from strategies.runner import StrategyRunner
from symbols import fault_of
from tests.factories import START, Clock
from tests.strategies.runners import do
from tests.symbols import LISTED, LOOK_ALIKES

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.mark.parametrize(
    "payload",
    [b"nonsense", b"{}", b'{"halted":true,"reason":"","actor":"a","at":1.0}',
     b'{"strategy_id":"nope","halted":true,"reason":"r","actor":"a","at":1.0}',
     b'{"symbol":"btcusdt","halted":true,"reason":"r","actor":"a","at":1.0}',
     b'{"halted":true,"reason":" ","actor":"a","at":1.0}',
     b'{"halted":true,"reason":"\\u0000","actor":"a","at":1.0}',
     b'{"halted":true,"reason":"r","actor":"%s","at":1.0}' % (b"a" * 151),
     b'{"halted":true,"reason":"r","actor":"a","at":-1.0}',
     b'{"halted":true,"reason":"r","actor":"a","at":1e300}',
     b'{"halted":false,"reason":"r","actor":"a","at":4e9}',
     b'{"halted":true,"reason":"%s","actor":"a","at":1.0}' % (b"r" * 1001),
     b'{"halted":true,"reason":"r","actor":"a","at":1.0,"changed_by":"%s"}' % (b"a" * 151),
     b'{"halted":true,"reason":"r","actor":"a","at":1.0,"more":"%s"}' % (b"a" * 10_000)],
)  # fmt: skip
def test_nonsense_on_the_bus_halts_nothing(runner: StrategyRunner, payload: bytes):
    do(runner.configuration.refresh_once)
    async_to_sync(runner.hear_halt)(Msg(Client(), data=payload))
    assert runner.configuration.halts.errors["bad_halt"] == 1
    assert not runner.engine.strategies.halts.records


def hear(runner: StrategyRunner, symbol: str) -> None:
    record = HaltRecord(symbol=symbol, halted=True, reason="r", actor="a", at=START)
    async_to_sync(runner.hear_halt)(Msg(Client(), data=msgspec.json.encode(record)))


@pytest.mark.parametrize("symbol", ["BTCUSDT", *LISTED])
def test_a_halt_on_the_bus_is_acknowledged(runner: StrategyRunner, symbol: str):
    do(runner.configuration.refresh_once)
    hear(runner, symbol)
    assert runner.engine.strategies.halts.is_halted("orderbook_skew", symbol)


@pytest.mark.parametrize("symbol", LOOK_ALIKES, ids=ascii)
def test_a_halt_of_what_only_looks_like_a_symbol_is_refused_with_a_sentence(
    runner: StrategyRunner, caplog: pytest.LogCaptureFixture, symbol: str
):
    do(runner.configuration.refresh_once)
    hear(runner, symbol)
    assert runner.configuration.halts.errors["bad_halt"] == 1
    assert not runner.engine.strategies.halts.records
    assert f"symbol must be {fault_of(symbol)}" in caplog.text


def publish(runner: StrategyRunner, **fields: Any) -> None:
    record = HaltRecord(**{"halted": True, "reason": "r", "actor": "a", "at": START, **fields})
    async_to_sync(runner.hear_halt)(Msg(Client(), data=msgspec.json.encode(record)))


def test_a_flood_of_halts_is_bounded_and_the_wide_ones_land(runner: StrategyRunner, clock: Clock):
    do(runner.configuration.refresh_once)
    for number in range(MOST_AT_ONCE + 50):
        publish(runner, symbol=f"A{number}USDT")
    assert len(runner.engine.strategies.halts.records) == MOST_AT_ONCE
    assert runner.configuration.halts.errors["too_many_halts"] == 50
    publish(runner, strategy_id="orderbook_skew")
    assert runner.engine.strategies.halts.is_halted("orderbook_skew", "ZZZUSDT")
    clock.advance(1)
    for number in range(MOST_A_SECOND + 5):
        publish(runner, symbol=f"B{number}USDT")
    assert len(runner.engine.strategies.halts.records) == MOST_AT_ONCE + 1 + MOST_A_SECOND


def test_only_so_many_symbols_wait_to_be_put_on_record(
    runner: StrategyRunner, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(in_process, "MOST_SYMBOLS", 30)
    do(runner.configuration.refresh_once)
    for number in range(40):
        clock.advance(1)
        publish(runner, symbol=f"A{number}USDT")
    assert len(runner.engine.strategies.halts.records) == 30


def test_what_is_halted_already_is_not_kept_again_and_again(runner: StrategyRunner, clock: Clock):
    do(runner.configuration.refresh_once)
    for number in range(20):
        publish(runner, reason=f"again {number}", at=clock.now)
    (record,) = runner.engine.strategies.halts.records.values()
    assert record.reason == "again 0"
    assert runner.configuration.halts.errors["repeated_halt"] == 19
    clock.advance(2)
    publish(runner, reason="once more", at=clock.now)
    (record,) = runner.engine.strategies.halts.records.values()
    assert record.reason == "once more"


def test_no_control_character_reaches_a_line_of_the_log(
    runner: StrategyRunner, caplog: pytest.LogCaptureFixture
):
    do(runner.configuration.refresh_once)
    caplog.clear()
    for _ in range(3):
        async_to_sync(runner.hear_halt)(Msg(Client(), data=b'{"halted":tr\x1b[2Jue\n2026 ERROR forged'))
    publish(runner, halted=False, actor="a\n2026 ERROR forged \x1b[2J", at=START)
    lines = [OneLine("{message}", style="{").format(record) for record in caplog.records]
    assert len([line for line in lines if line.startswith("bad_halt")]) == 1
    assert not [line for line in lines if not line.isprintable()]

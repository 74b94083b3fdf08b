"""Halts said on the bus: obeyed, and nonsense is not."""

import msgspec
import pytest
from asgiref.sync import async_to_sync
from nats.aio.client import Client
from nats.aio.msg import Msg

from halts.domain import HaltRecord
from strategies.runner import StrategyRunner
from symbols import fault_of
from tests.factories import START
from tests.strategies.runners import do
from tests.symbols import LISTED, LOOK_ALIKES

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.mark.parametrize(
    "said",
    [b"nonsense", b"{}", b'{"halted":true,"reason":"","actor":"a","at":1.0}',
     b'{"strategy_id":"nope","halted":true,"reason":"r","actor":"a","at":1.0}',
     b'{"symbol":"btcusdt","halted":true,"reason":"r","actor":"a","at":1.0}',
     b'{"halted":true,"reason":" ","actor":"a","at":1.0}',
     b'{"halted":true,"reason":"\\u0000","actor":"a","at":1.0}',
     b'{"halted":true,"reason":"r","actor":"%s","at":1.0}' % (b"a" * 151),
     b'{"halted":true,"reason":"r","actor":"a","at":-1.0}',
     b'{"halted":true,"reason":"r","actor":"a","at":1e300}',
     b'{"halted":false,"reason":"r","actor":"a","at":4e9}'],
)  # fmt: skip
def test_nonsense_on_the_bus_halts_nothing(runner: StrategyRunner, said: bytes):
    do(runner.configuration.refresh_once)
    async_to_sync(runner.hear_halt)(Msg(Client(), data=said))
    assert runner.configuration.halts.errors["bad_halt"] == 1
    assert not runner.engine.halts.records


def hear(runner: StrategyRunner, symbol: str) -> None:
    record = HaltRecord(symbol=symbol, halted=True, reason="r", actor="a", at=START)
    async_to_sync(runner.hear_halt)(Msg(Client(), data=msgspec.json.encode(record)))


@pytest.mark.parametrize("symbol", ["BTCUSDT", *LISTED])
def test_a_halt_on_the_bus_is_obeyed(runner: StrategyRunner, symbol: str):
    do(runner.configuration.refresh_once)
    hear(runner, symbol)
    assert runner.engine.halts.is_halted("orderbook_skew", symbol)


@pytest.mark.parametrize("symbol", LOOK_ALIKES, ids=ascii)
def test_a_halt_of_what_only_looks_like_a_symbol_is_refused_with_a_sentence(
    runner: StrategyRunner, caplog: pytest.LogCaptureFixture, symbol: str
):
    do(runner.configuration.refresh_once)
    hear(runner, symbol)
    assert runner.configuration.halts.errors["bad_halt"] == 1
    assert not runner.engine.halts.records
    assert f"symbol must be {fault_of(symbol)}" in caplog.text

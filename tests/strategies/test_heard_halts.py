"""Halts said on the bus: obeyed, and nonsense is not."""

import msgspec
import pytest
from asgiref.sync import async_to_sync
from nats.aio.client import Client
from nats.aio.msg import Msg

from configuration.domain.halts import HaltRecord
from strategies.runner import StrategyRunner
from tests.factories import START
from tests.strategies.runners import do

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
    assert runner.errors["bad_halt"] == 1
    assert not runner.engine.halts.records


def test_a_halt_on_the_bus_is_obeyed(runner: StrategyRunner):
    do(runner.configuration.refresh_once)
    record = HaltRecord(symbol="BTCUSDT", halted=True, reason="r", actor="a", at=START)
    async_to_sync(runner.hear_halt)(Msg(Client(), data=msgspec.json.encode(record)))
    assert runner.engine.halts.is_halted("orderbook_skew", "BTCUSDT")

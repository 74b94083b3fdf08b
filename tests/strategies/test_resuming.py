"""A process that starts goes on with the pauses of the one before it."""

import logging

import pytest
from django.db import OperationalError

from strategies import resuming
from strategies.domain.signal import Signal
from strategies.engine import Engine
from strategies.resuming import resume
from tests.strategies.ledger.signals import written
from tests.strategies.scenes import START
from tests.strategies.test_engine import Clock, engine, touch_frame

pytestmark = [pytest.mark.django_db]
SPREAD = "cross_exchange_spread"
INTERVAL = 300


def everything(symbol: str) -> bool:
    return True


def show_a_gap(strategy: Engine, clock: Clock) -> None:
    """For as long as makes a signal of it, where no pause is in the way."""
    for number in range(1, 5):
        strategy.process(touch_frame(round(clock.now) + number, 100, 100.1))
        strategy.process(touch_frame(round(clock.now) + number, 101, 101.1, source="coinbase-websocket"))
        clock.now += 1


@pytest.fixture
def decided() -> Signal:
    """By a process that is no more, at about START."""
    strategy, signals, clock = engine([SPREAD])
    show_a_gap(strategy, clock)
    (signal,) = signals
    written(signal)
    return signal


@pytest.mark.database
def test_what_was_decided_before_the_start_is_not_decided_again_before_its_time(decided: Signal):
    strategy, signals, clock = engine([SPREAD], clock=Clock(START + 100))
    resume(strategy.strategies, everything, clock())
    show_a_gap(strategy, clock)
    assert signals == []
    clock.now = START + INTERVAL + 5
    show_a_gap(strategy, clock)
    assert [(each.symbol, each.legs) for each in signals] == [(decided.symbol, decided.legs)]


def test_symbols_of_other_processes_are_left_to_them(decided: Signal):
    strategy, _, clock = engine([SPREAD])
    resume(strategy.strategies, lambda symbol: symbol != decided.symbol, clock())
    assert len(strategy.strategies.by_name[SPREAD].states) == 0


def test_strategies_begin_although_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def away(*_: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(resuming, "earlier", away)
    strategy, signals, clock = engine([SPREAD])
    with caplog.at_level(logging.WARNING):
        resume(strategy.strategies, everything, clock())
    assert caplog.messages[0].startswith("pauses_not_known OperationalError: server closed the connection")
    show_a_gap(strategy, clock)
    assert len(signals) == 1

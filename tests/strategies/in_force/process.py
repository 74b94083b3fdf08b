"""A process whose database is a stand-in that answers by hand."""

import msgspec
from asgiref.sync import async_to_sync
from django.db import OperationalError

from halts.domain import HaltRecord, Scope
from halts.emergency_file import EmergencyHalts
from strategies.configuration_in_force import ConfigurationInForce
from strategies.configuration_source import Loaded
from strategies.domain.signal import Signal
from strategies.engine import Engine
from strategies.state_files import LastKnownGood
from tests.strategies.scenes import START
from tests.strategies.test_engine import Clock

SKEW = ("orderbook_skew", None)
PAST = 1_700_000_000.0


class Database:
    """Answers like the real source, or is away."""

    def __init__(self, *levels, halts=()):
        self.loaded = Loaded("1", list(levels), list(halts))
        self.is_away = False
        self.asked = 0

    def set(self, *levels, halts=()):
        self.loaded = Loaded(str(int(self.loaded.token) + 1), list(levels), list(halts))

    def __call__(self, known_token):
        self.asked += 1
        if self.is_away:
            raise OperationalError("away")
        return None if known_token == self.loaded.token else self.loaded


class Process:
    def __init__(self, database, directory, strategies=("orderbook_skew",)):
        self.clock = Clock(START + 100)
        self.signals: list[Signal] = []
        self.engine = Engine(strategies, self.signals.append, clock=self.clock)
        self.keeper = ConfigurationInForce(
            self.engine,
            LastKnownGood(directory),
            EmergencyHalts(directory),
            read=database,
            clock=self.clock,
        )

    def refresh(self):
        async_to_sync(self.keeper.refresh_once)()

    def hear(self, record: HaltRecord) -> None:
        """On the bus."""
        self.keeper.halts.hear(msgspec.json.encode(record))

    def used(self, symbol="BTCUSDT"):
        return self.engine.strategies.in_force.of("orderbook_skew", symbol).used


EVERYTHING = Scope()


def halted(at=START, scope=EVERYTHING, halted=True):
    return HaltRecord(**scope._asdict(), halted=halted, reason="why", actor="somebody", at=at)

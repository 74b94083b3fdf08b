"""What processes apply is acknowledged in Redis, where anybody may write: only what halts is taken from there."""

import time
from typing import Any

import pytest
import redis

from configuration.models import Source
from configuration.services import Author
from halts import acknowledged, services
from halts.acknowledged import halts_acknowledged_somewhere
from halts.domain import HaltRecord, Scope
from halts.models import HaltChange

YEAR_9999 = 253_402_300_799.0
BTC = Scope(symbol="BTCUSDT")
MANAGER = Author(source=Source.COMMAND, name="manager", reason="because")


def halt(**changes: Any) -> HaltRecord:
    values: dict[str, Any] = {"halted": True, "reason": "r", "actor": "a", "at": time.time() - 60}
    return HaltRecord(**values | changes)


@pytest.fixture(autouse=True)
def machine(settings, tmp_path, store):
    settings.STATE_DIR = tmp_path
    yield
    store.flushdb()


@pytest.fixture
def forge(store: redis.Redis):
    """Put a report into Redis that claims to apply these."""

    def put(*halts: HaltRecord) -> None:
        store.hset(acknowledged.key(), "a:1/0/1", acknowledged.encode("a:1/0/1", list(halts), time.time()))

    return put


@pytest.mark.parametrize(
    "changes",
    [
        {"halted": False},
        {"halted": False, "at": YEAR_9999},
        {"at": YEAR_9999},
        {"at": YEAR_9999 / 2},
        {"strategy_id": "nobody"},
        {"symbol": "btcusdt"},
        {"symbol": "BTC\nUSDT"},
        {"symbol": "В" * 5},
        {"reason": ""},
        {"reason": " \t"},
        {"reason": "r\0"},
        {"reason": "r\x1b[31m"},
        {"reason": "r" * 1001},
        {"actor": "a\0"},
        {"actor": "a\x85"},
    ],
    ids=lambda changes: ascii(changes)[:60],
)
def test_what_resumes_or_cannot_have_been_issued_is_left_out(forge, changes: dict[str, Any]):
    issued = halt(symbol="ETHUSDT")
    forge(halt(**changes), issued)
    assert halts_acknowledged_somewhere() == [issued]


@pytest.mark.database
@pytest.mark.django_db
def test_a_forged_resumption_lifts_no_halt(forge):
    services.halt(BTC, author=MANAGER)
    forge(halt(symbol="BTCUSDT", halted=False, at=time.time() + 3))
    services.halt(Scope(symbol="ETHUSDT"), author=MANAGER)
    assert services.in_force().is_halted("orderbook_skew", "BTCUSDT")


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("at", [0.0, YEAR_9999, 253_402_300_799.9999])
def test_halting_and_resuming_go_on_whatever_a_report_claims(forge, at: float):
    forge(*(halt(symbol=symbol, at=at, reason="r" * 1000) for symbol in ("BTCUSDT", "ETHUSDT", "\0")))
    assert services.halt(BTC, author=MANAGER).halted
    resumed = services.resume(BTC, author=MANAGER)
    assert resumed
    assert resumed.at < time.time() + 5
    assert not services.in_force().is_halted("orderbook_skew", "BTCUSDT")


@pytest.mark.database
@pytest.mark.django_db
def test_a_flood_of_forged_halts_is_bounded__the_widest_come_first(forge, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(acknowledged, "MOST_HALTS", 3)
    forge(*(halt(symbol=f"COIN{number}USDT") for number in range(50)), halt())
    services.halt(BTC, author=MANAGER)
    assert HaltChange.objects.count() == 4
    assert services.in_force().is_halted("orderbook_skew", "XRPUSDT")

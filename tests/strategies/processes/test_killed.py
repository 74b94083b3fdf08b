"""Everything is killed while signals are written: the ledger has whole rows, each once, and says what nobody saw."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from strategies.domain.outcomes import SPANS
from tests.servers import until
from tests.strategies.house import House, strategies
from tests.strategies.processes.asking import Market
from tests.strategies.test_engine import depth

pytestmark = pytest.mark.database

SYMBOLS = [f"KILLED{number}USDT" for number in range(40)]
AN_HOUR_LATER = """
import json
from datetime import timedelta
from django.db.models import F
from strategies.models import SignalRecord
rows = SignalRecord.objects.filter(symbol__startswith="KILLED")
print(json.dumps(list(rows.values()), default=str))
hour = timedelta(hours=1)
SignalRecord.objects.update(decided_at=F("decided_at") - hour, due_at=F("due_at") - hour)
"""
"""Rows as they are, and what is left of them when nobody was there for an hour."""


def count(house: House) -> int:
    return int(house.ask("GET", "/signals/summary?part=KILLED")["signals"])


def listed(house: House) -> list[dict[str, Any]]:
    found, query = [], "/signals?part=KILLED&limit=1000"
    answer = house.ask("GET", query)
    found += answer["signals"]
    while "next" in answer:
        answer = house.ask("GET", f"{query}&cursor={answer['next']}")
        found += answer["signals"]
    return found


@contextmanager
def busy(house: House) -> Iterator[None]:
    """Signals about all of the symbols for the time of the block, or until NATS is gone."""
    over = threading.Event()

    def publish() -> None:
        while not over.is_set():
            Market.update_id += 10
            books = [
                (depth(1, 1, Market.update_id, each), depth(2.9, 1, Market.update_id + 1, each))
                for each in SYMBOLS
            ]
            house.publish(*(book for pair in books for book in pair))

    def publish_until_nobody_is_there() -> None:
        try:
            publish()
        except Exception:  # noqa: BLE001 - it is killed meanwhile
            over.set()

    publisher = threading.Thread(target=publish_until_nobody_is_there, daemon=True)
    publisher.start()
    try:
        yield
    finally:
        over.set()
        publisher.join(30)


def test_whole_rows_each_once_and_honest_nulls(house: House):
    with strategies(house) as [process], busy(house):
        until(lambda: count(house) > 200, "signals are written", 30)
        process.kill()
        house.nats.kill()
        house.valkey.kill()
        house.database.kill()
        connections.close_all()  # those of this process to the server that was killed
        house.valkey.start()
        house.nats.start()
    before = json.loads(house.do("shell", "--verbosity", "0", "-c", AN_HOUR_LATER))
    for row in before:
        sent = json.loads(row["sent_as"])
        assert [row[name] for name in ("id", "symbol", "action", "confidence", "price")] == [
            sent[name] for name in ("id", "symbol", "action", "confidence", "price")
        ]
        assert (row["market"], row["state"], row["mid"] is not None) == ("binance/spot", "sent", True)
    nobody_saw = {"mid": None, "bps": None, "unknown": "away"}
    with strategies(house):

        def is_looked_back_at() -> bool:
            return all(each["outcome"] == dict.fromkeys(SPANS, nobody_saw) for each in listed(house))

        until(is_looked_back_at, "what nobody saw is said to be that", 30)
        assert sorted(each["id"] for each in listed(house)) == sorted(row["id"] for row in before)
        with busy(house):
            until(lambda: count(house) > len(before), "it goes on", 30)

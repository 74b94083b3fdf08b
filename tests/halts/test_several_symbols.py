"""Several symbols in one halt: all or none, each with a record of its own, the state of each in the answer."""

from pathlib import Path

import msgspec
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from nats.aio.client import Client

from configuration.exceptions import StoreUnavailable
from configuration.ledger import Author
from halts import landing, services
from halts.domain import HaltRecord, Scope
from halts.emergency_file import EmergencyHalts
from halts.models import HaltChange
from halts.without_database import Outcome
from messaging import bus
from tests.halts.test_api import BOTH

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
WHY = {"reason": "odd books"}
TWO = {"symbols": ["btcusdt", "ETHUSDT"], **WHY}
SCOPES = [Scope("", "BTCUSDT"), Scope("", "ETHUSDT")]


def test_each_is_halted_and_resumed_and_the_answer_lists_the_states(desk):
    who = desk(*BOTH)
    answer = who.post("/strategies/halt", TWO)
    reported = [(state["strategy_id"], state["symbol"], state["state"]) for state in answer["data"]]
    assert reported == [(None, "BTCUSDT", "HALTED"), (None, "ETHUSDT", "HALTED")]
    assert [halt["symbol"] for halt in answer["data"][1]["halted_by"]] == ["ETHUSDT"]
    assert answer["metadata"] == {"action": "halted"}
    assert sorted(services.in_force().records) == SCOPES
    answer = who.post("/strategies/resume", {**WHY, "symbols": ["BTCUSDT", "SOLUSDT", "ETHUSDT"]})
    assert [state["state"] for state in answer["data"]] == ["ACTIVE"] * 3
    assert answer["metadata"] == {"action": "resumed", "unchanged": ["SOLUSDT"], "still_halted": []}
    assert who.post("/strategies/resume", TWO)["metadata"] == {
        "action": "unchanged",
        "unchanged": ["BTCUSDT", "ETHUSDT"],
        "still_halted": [],
    }
    assert HaltChange.objects.count() == 4


def test_a_list_of_one_is_answered_with_a_list_and_a_symbol_counts_once(desk):
    who = desk(*BOTH)
    answer = who.post("/strategies/halt", {"symbols": ["BTCUSDT", "btcusdt"], **WHY})
    assert [state["symbol"] for state in answer["data"]] == ["BTCUSDT"]


@pytest.mark.parametrize("verb", ["halt", "resume"])
@pytest.mark.parametrize(
    "symbols", [[], None, "BTCUSDT", [None], [""], [" "], ["BTCUSDT", "b$c"], ["BTCUSDT", 5], ["A1"] * 501]
)
def test_what_is_no_list_of_symbols_is_refused_as_a_whole(desk, verb: str, symbols: object):
    who = desk(*BOTH)
    answer = who.post(f"/strategies/{verb}", {"symbols": symbols, **WHY})
    assert (who.status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert not HaltChange.objects.exists()


def test_of_symbol_and_symbols_only_one_is_taken(desk):
    who = desk(*BOTH)
    who.post("/strategies/halt", {"symbol": "BTCUSDT", **TWO})
    assert who.status == 400
    assert not HaltChange.objects.exists()


def test_five_hundred_are_halted_in_one_request(desk):
    who = desk(*BOTH)
    answer = who.post("/strategies/halt", {"symbols": [f"A{n}USDT" for n in range(500)], **WHY})
    assert (who.status, len(answer["data"])) == (200, 500)
    assert len(services.in_force().records) == 500


def test_without_the_database_all_of_them_are_written_to_the_file_and_on_nats(
    author: Author, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings
):
    def away(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(services, "put_all_on_record", away)
    settings.STATE_DIR = tmp_path
    heard: list[bytes] = []

    async def halt() -> Outcome:
        client = Client()
        await client.connect(settings.NATS_URL)

        async def hear(message) -> None:
            heard.append(message.data)

        await client.subscribe(settings.NATS_TOPIC_HALTS, cb=hear)
        await bus.flush(client)
        outcome = await sync_to_async(landing.halt, thread_sensitive=False)(SCOPES, author=author)
        await bus.flush(client)
        await client.close()
        return outcome

    outcome = async_to_sync(halt)()
    assert outcome.ways == ["file", "NATS"]
    assert [msgspec.json.decode(message, type=HaltRecord) for message in heard] == outcome.records
    file = EmergencyHalts(tmp_path / "strategies")
    file.refresh()
    assert file.records == outcome.records
    assert [record.scope for record in file.records] == SCOPES

"""Configuration changes on NATS, against a real server."""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import nats
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings as product
from nats.aio.msg import Msg

from configuration import services
from configuration.domain.catalogue import CATALOGUE
from configuration.models import Revision, Source, StrategyConfig
from configuration.services import Author
from configuration.unannounced import mark_announced, unannounced
from realtime.configuration_events import RETURN_SECONDS, Announcer
from realtime.stack.servers import free_port, nats_command
from tests.configuration.outage import database_away
from tests.factories import Clock
from tests.servers import Server, running
from tests.symbols import LISTED

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
AUTHOR = Author(source=Source.COMMAND, name="tests")
SKEW, BTC = "orderbook_skew", "BTCUSDT"
GLOBAL_SUBJECT, BTC_SUBJECT = "config.changed.orderbook_skew.global", "config.changed.orderbook_skew.BTCUSDT"


@pytest.fixture
def announcer(clock: Clock) -> Announcer:
    """One that has not seen NATS away for a while."""
    announcer = Announcer(clock)
    clock.advance(RETURN_SECONDS)
    return announcer


@pytest.fixture
def nats_away(settings: Any) -> Callable[[bool], None]:
    here = product.NATS_URL

    def nats_away(is_away: bool = True) -> None:
        settings.NATS_URL = f"nats://127.0.0.1:{free_port()}" if is_away else here

    return nats_away


def write(symbol: str | None, top_levels: int) -> None:
    services.write(SKEW, symbol, {"top_levels": top_levels}, author=AUTHOR)


def heard(*steps: Callable[[], Any]) -> list[Msg]:
    """What a subscriber gets while something is done."""

    async def listen() -> list[Msg]:
        messages: list[Msg] = []

        async def take(message: Msg) -> None:
            messages.append(message)

        client = await nats.connect(product.NATS_URL)
        await client.subscribe("config.changed.>", cb=take)
        await client.flush()
        for step in steps:
            await sync_to_async(step)()
        await client.drain()
        return messages

    return async_to_sync(listen)()


def published(messages: list[Msg]) -> list[tuple[str, int]]:
    return [(message.subject, json.loads(message.data)["parameters"]["top_levels"]) for message in messages]


def ids(messages: list[Msg]) -> list[int]:
    return [int((message.headers or {})["Change-Id"]) for message in messages]


def test_a_committed_change_is_announced_once(announcer: Announcer):
    write(BTC, 9)
    write(None, 8)
    messages = heard(announcer.announce_once, announcer.announce_once)
    assert published(messages) == [(BTC_SUBJECT, 9), (GLOBAL_SUBJECT, 8)]
    assert json.loads(messages[0].data)["overrides"] == {"top_levels": 9}
    assert messages[0].headers == {
        "Nats-Msg-Id": f"config.changed-{ids(messages)[0]}",
        "Change-Id": str(StrategyConfig.history.get(symbol=BTC).history_id),
        "Change-Action": "CREATE",
        "Change-Version": "1",
    }


@pytest.mark.parametrize("symbol", LISTED)
def test_a_symbol_of_any_script_is_the_end_of_the_subject(announcer: Announcer, symbol: str):
    write(symbol, 5)
    (message,) = heard(announcer.announce_once)
    assert message.subject == f"config.changed.orderbook_skew.{symbol}"
    assert json.loads(message.data)["symbol"] == symbol


def test_of_several_changes_of_a_level_the_newest_is_announced(announcer: Announcer):
    for top_levels in (5, 6, 7):
        write(None, top_levels)
    assert published(heard(announcer.announce_once)) == [(GLOBAL_SUBJECT, 7)]


def test_a_write_does_not_wait_for_nats_and_is_announced_when_it_is_back(
    announcer: Announcer, clock: Clock, nats_away, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "realtime.configuration_events")
    nats_away()
    for top_levels in (5, 6):
        write(None, top_levels)
        announcer.announce_once()
    nats_away(False)
    assert published(heard(announcer.announce_once)) == [(GLOBAL_SUBJECT, 6)]
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "configuration.announcements_wait for NATS",
        "configuration.announcements_go_on",
    ]


def test_after_an_outage_a_change_is_repeated_until_those_who_listen_are_back_too(
    announcer: Announcer, clock: Clock, nats_away
):
    write(None, 5)
    nats_away()
    announcer.announce_once()
    nats_away(False)
    clock.advance(RETURN_SECONDS - 1)
    for _ in range(2):
        assert published(heard(announcer.announce_once)) == [(GLOBAL_SUBJECT, 5)]
    clock.advance(1)
    assert published(heard(announcer.announce_once, announcer.announce_once)) == [(GLOBAL_SUBJECT, 5)]


def test_a_change_nobody_announced_before_the_process_died_is_announced_by_the_next_one(clock: Clock):
    write(None, 5)
    write(BTC, 6)
    successor = Announcer(clock)
    assert published(heard(successor.announce_once)) == [(GLOBAL_SUBJECT, 5), (BTC_SUBJECT, 6)]


def test_a_deletion_comes_after_everything_before_it_and_states_when(announcer: Announcer):
    write(None, 4)
    for top_levels in (5, 6, 7):
        write(BTC, top_levels)
    before = heard(announcer.announce_once)
    services.delete(SKEW, BTC, author=AUTHOR)
    (message,) = heard(announcer.announce_once)

    assert ids([message])[0] > max(ids(before))
    headers, body = message.headers or {}, json.loads(message.data)
    assert (headers["Change-Action"], headers["Change-Version"]) == ("DELETE", "4")
    # The body is the Config in force, which is the global one; only its date is that of the deletion.
    assert (body["version"], body["parameters"]["top_levels"], body["created_at"]) == (1, 4, None)
    deletion = StrategyConfig.history.get(symbol=BTC, history_type="-")
    assert datetime.fromisoformat(body["updated_at"]) == deletion.history_date


def test_who_was_slower_does_not_bring_back_what_was_announced():
    for top_levels in (5, 6):
        write(None, top_levels)
    newest = int(unannounced()[-1].id)
    mark_announced(newest)
    mark_announced(newest - 1)
    assert Revision.objects.get().announced == newest
    assert unannounced() == []


def test_a_database_that_is_away_is_reported_once(announcer: Announcer, caplog: pytest.LogCaptureFixture):
    write(None, 5)
    with database_away():
        announcer.announce_once()
        announcer.announce_once()
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "configuration.announcements_wait for the database"
    ]
    assert published(heard(announcer.announce_once)) == [(GLOBAL_SUBJECT, 5)]


def test_of_two_that_are_away_each_is_reported_once(
    announcer: Announcer, nats_away, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "realtime.configuration_events")
    write(None, 5)
    nats_away()
    for _ in range(2):
        announcer.announce_once()
        with database_away():
            announcer.announce_once()
    nats_away(False)
    announcer.announce_once()
    assert [record.message.split("(")[0] for record in caplog.records] == [
        "configuration.announcements_wait for NATS: NoServersError",
        "configuration.announcements_wait for the database: OperationalError",
        "configuration.announcements_go_on: the database is back",
        "configuration.announcements_go_on: NATS is back",
    ]


def test_a_level_of_a_strategy_that_is_no_more_keeps_nobody_from_hearing(announcer: Announcer, monkeypatch):
    write(None, 5)
    services.write("btc_dominance", None, {"window_hours": 12}, author=AUTHOR)
    for module in ("unannounced", "reading"):
        monkeypatch.setattr(f"configuration.{module}.CATALOGUE", {SKEW: CATALOGUE[SKEW]})
    assert published(heard(announcer.announce_once)) == [(GLOBAL_SUBJECT, 5)]


def test_a_long_queue_is_announced_in_parts_each_read_at_one_go(
    announcer: Announcer, monkeypatch, django_assert_num_queries
):
    symbols = [f"S{number}USDT" for number in range(5)]
    for symbol in symbols:
        write(symbol, 9)
    monkeypatch.setattr("configuration.unannounced.AT_ONCE", 3)
    # What was announced, which changes are newest, these, all levels, and which were deleted.
    with django_assert_num_queries(5):
        assert len(unannounced()) == 3
    messages = heard(announcer.announce_once, announcer.announce_once, announcer.announce_once)
    assert [message.subject.rsplit(".", 1)[1] for message in messages] == symbols


def test_what_nats_does_not_permit_waits_like_what_cannot_reach_it(
    announcer: Announcer, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    write(None, 5)
    rules = tmp_path / "nats.conf"
    rules.write_text(
        'authorization: { users: [ {user: web, password: web, permissions: {publish: "other.>"}} ] }'
    )
    with running(Server(lambda port: [*nats_command(port), "-c", str(rules)])) as strict:
        settings.NATS_URL = f"nats://web:web@127.0.0.1:{strict.port}"
        announcer.announce_once()
    assert "permissions violation for publish" in caplog.text
    assert len(unannounced()) == 1


def test_no_fault_ends_the_announcing(announcer: Announcer, monkeypatch, caplog: pytest.LogCaptureFixture):
    class Enough(BaseException):
        """Ends the loop of the test."""

    steps = iter([ValueError("unforeseen"), Enough()])

    def fail() -> None:
        raise next(steps)

    monkeypatch.setattr(announcer, "announce_once", fail)
    announcer.wake()
    monkeypatch.setattr("realtime.configuration_events.POLL_SECONDS", 0)
    with pytest.raises(Enough):
        announcer.run()
    assert "announcing_failed" in caplog.text

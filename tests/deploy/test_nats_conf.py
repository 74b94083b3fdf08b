"""The shipped NATS configuration: symbols are shared among four feeds, and not everybody may publish everything."""

import asyncio
import re
import sys
from collections import defaultdict
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from random import Random

import pytest
from asgiref.sync import async_to_sync
from nats.aio.client import Client
from nats.errors import Error

from halts.domain import HaltRecord
from halts.without_database import Outcome, publish_on_nats
from journal.stream import NoJournal, keep, reach, read, wanted
from markets.simulation.listings import listings
from markets.subjects import snapshots_of
from messaging import bus
from realtime.stack.servers import LOCALHOST, nats_command
from tests.servers import ROOT, Server, running
from tests.symbols import LISTED
from what_if.domain.answer import Line, Refusal
from what_if.domain.question import Question
from what_if.jobs import SILENT, Limits, Worker, asked

SHARES = 4
USERS = ("market", "feed", "strategies", "what_if", "alerts", "web", "trader")


@pytest.fixture
def port(tmp_path: Path):
    configured = Server(
        lambda port: [*nats_command(port), "-c", str(ROOT / "deploy/nats.conf")],
        environment={f"NATS_{user.upper()}_PASSWORD": f"secret{user}" for user in USERS}
        | {"NATS_STORE_DIR": str(tmp_path / "nats")},
    )
    with running(configured) as server:
        yield server.port


def url(port: int, user: str) -> str:
    return f"nats://{user}:secret{user}@{LOCALHOST}:{port}"


def test_every_symbol_reaches_exactly_one_share_whatever_its_venue(port: int):
    symbols = [*LISTED, *(listing.symbol for listing in listings(60, "spot", Random(1)))]
    heard: dict[str, list[tuple[int, str]]] = defaultdict(list)

    async def run() -> None:
        async with (
            bus.connected(url(port, "feed"), "feed") as client,
            bus.connected(url(port, "market"), "market") as market,
        ):
            for share in range(SHARES):

                async def hear(message, share=share) -> None:
                    words = message.subject.split(".")
                    heard[words[-1]].append((share, words[1]))

                await client.subscribe(f"market.*.depth.{share}.*", cb=hear)
            await bus.flush(client)
            for symbol in symbols:
                for venue in ("binance", "kraken"):
                    await market.publish(f"market.{venue}.depth.{symbol}", b"{}")
                await market.publish(f"market.binance.trade.{symbol}", b"{}")
            await bus.flush(market)
            await bus.flush(client)

    async_to_sync(run)()
    assert set(heard) == set(symbols)
    for symbol, places in heard.items():
        assert sorted(venue for _, venue in places) == ["binance", "kraken"], symbol
        assert len({share for share, _ in places}) == 1, symbol
    assert {share for places in heard.values() for share, _ in places} == set(range(SHARES))


@pytest.mark.parametrize(
    ("subject", "speakers", "listener"),
    [
        ("binance.websocket.data", {"market"}, "feed"),
        ("binance.websocket.data", {"market"}, "strategies"),
        ("cio.intent.trading.orderbook_skew", {"strategies"}, "trader"),
        ("strategies.halts", {"web", "strategies"}, "strategies"),
        ("config.changed.orderbook_skew.global", {"web"}, "trader"),
        ("alerts.critical.7", {"alerts"}, "trader"),
        ("snapshot.binance.BTCUSDT", {"feed", "strategies", "what_if"}, "market"),
    ],
)
def test_only_who_may_is_heard(port: int, subject: str, speakers: set[str], listener: str):
    heard: set[str] = set()

    async def run() -> None:
        async with AsyncExitStack() as stack:
            clients = {
                user: await stack.enter_async_context(bus.connected(url(port, user), user)) for user in USERS
            }

            async def hear(message) -> None:
                heard.add(message.data.decode())

            await clients[listener].subscribe(subject, cb=hear)
            await bus.flush(clients[listener])
            for user, client in clients.items():
                await client.publish(subject, user.encode())
                await bus.flush(client)
            await bus.flush(clients[listener])

    async_to_sync(run)()
    assert heard == speakers


def test_who_keeps_the_journal_may_do_all_of_that_and_nobody_else_may_touch_it(
    port: int, settings, monkeypatch
):
    monkeypatch.setattr("journal.jetstream.ANSWER_SECONDS", 0.3)
    settings.NATS_CONSUMER_TOPIC = ["market.*.depth.0.*", "market.*.depth.1.*"]  # as the mapping divides them
    settings.NATS_STRATEGIES_TOPIC = ["market.*.*.*.*"]

    async def run() -> list[str]:
        async with AsyncExitStack() as stack:
            clients = {
                user: await stack.enter_async_context(bus.connected(url(port, user), user)) for user in USERS
            }
            keeper = clients["what_if"]
            await keep(keeper, wanted())
            await clients["market"].publish("market.binance.depth.BTCUSDT", b"a book")
            await bus.flush(clients["market"])
            while not (await reach(keeper)).messages:
                continue
            for user in USERS:
                if user != "what_if":
                    with pytest.raises(NoJournal):
                        await keep(clients[user], wanted()._replace(seconds=0.0))
            return [each.subject async for batch in read(keeper, 0.0, 1e10) for each in batch]

    (subject,) = async_to_sync(run)()
    assert re.fullmatch(r"market\.binance\.depth\.[0-3]\.BTCUSDT", subject)


def test_web_processes_may_ask_what_if_and_nobody_else(port: int, monkeypatch):
    question = Question(strategy_id="orderbook_skew", symbol=None, parameters={}, since=0, until=1)
    command = [sys.executable, "-c", """print('{"kind":"refusal","sentence":"heard"}')"""]

    async def run() -> dict[str, list[Line]]:
        async with AsyncExitStack() as stack:
            clients = {
                user: await stack.enter_async_context(bus.connected(url(port, user), user)) for user in USERS
            }
            stop = asyncio.Event()
            worker = Worker(clients["what_if"], "strategies.what_if", Limits(at_once=1, seconds=30), command)
            working = asyncio.create_task(worker.run(stop))
            answers = {}
            await bus.flush(clients["what_if"])
            for user, patience in (("web", 10.0), ("trader", 0.3)):
                monkeypatch.setattr("what_if.jobs.SILENCE_SECONDS", patience)
                async with aclosing(asked(clients[user], "strategies.what_if", question)) as lines:
                    answers[user] = [line async for line in lines]
            stop.set()
            await working
            return answers

    assert async_to_sync(run)() == {
        "web": [Refusal(sentence="heard")],
        "trader": [Refusal(sentence=SILENT)],
    }


def test_who_brings_markets_may_hear_requests_for_whole_books(port: int):
    async def run() -> bool:
        async with bus.connected(url(port, "market"), "market") as market:
            await market.subscribe(snapshots_of("binance", "spot"))
            await bus.flush(market)
            return market.hears

    assert async_to_sync(run)()


@pytest.mark.parametrize(("user", "may"), [("web", True), ("trader", False)])
def test_a_shell_that_may_not_halt_on_the_bus_reports_it(port: int, settings, user: str, may: bool):
    settings.NATS_URL = url(port, user)
    record = HaltRecord(halted=True, reason="r", actor="a", at=1.0)
    outcome = Outcome([record])
    publish_on_nats(outcome)
    assert outcome.ways == ["NATS"] * may
    assert [problem.partition(" ")[0] for problem in outcome.problems] == ["NATS:"] * (not may)


def test_nobody_is_let_in_without_a_password(port: int):
    async def run() -> None:
        client = Client()
        await client.connect(f"nats://{LOCALHOST}:{port}", allow_reconnect=False)

    with pytest.raises(Error, match="Authorization Violation"):
        async_to_sync(run)()

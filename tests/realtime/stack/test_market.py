"""MARKET=…: what is brought, what is listened to, and what the screen shows of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import redis
from django.conf import settings

from markets.choice import Choice
from markets.reports.report import MarketsReport
from markets.reports.store import ReportReader, key_of
from realtime.stack.market import INVENTED, PATIENCE_SECONDS, Market, follow, topics, wanted_market
from realtime.stack.plan import Plan, make_plan
from realtime.stack.screen import Screen
from realtime.stack.servers import LOCALHOST, free_port
from realtime.stack.state import StackError, StateDirectory
from tests.factories import START, Clock
from tests.markets.reports.reports import TROUBLED, markets_report, venue_report

BINANCE = Market(["binance"], Choice(top=20))


def plan(directory: Path, **environ: str) -> Plan:
    return make_plan({"PORT": str(free_port())} | environ, StateDirectory(directory))


def test_a_real_market_takes_the_place_of_the_invented_one(tmp_path: Path):
    found = plan(tmp_path, MARKET="binance,okx-usdm:top:20")
    assert [child.name for child in found.processes] == [
        "web",
        "feed",
        "strategies",
        "alerts",
        "what-if",
        "markets",
    ]
    markets = found.processes[-1]
    assert markets.command[2:] == ["stream_market", "--venue", "binance,okx-usdm", "--symbols", "top:20:USDT"]
    assert markets.is_restarted
    assert markets.note == "binance, okx-usdm: the 20 busiest in USDT, from public sockets to NATS"
    assert found.left_out["simulator"] == "off; MARKET brings a real market"
    assert found.variables["NATS_CONSUMER_TOPIC"] == "binance.websocket.data,market.>"
    assert found.market == Market(["binance", "okx-usdm"], Choice(top=20))


def test_symbols_are_reported_by_name(tmp_path: Path):
    markets = plan(tmp_path, MARKET="binance:BTCUSDT,ETHUSDT", NATS_URL="nats://desk").processes[-1]
    assert markets.command[-1] == "BTCUSDT,ETHUSDT"
    assert markets.note == "binance: BTCUSDT, ETHUSDT, from public sockets to NATS"


@pytest.mark.parametrize("text", ["", "  "])
def test_without_it_all_is_as_it_was(tmp_path: Path, text: str):
    found = plan(tmp_path, MARKET=text)
    assert found.market is None
    assert found.processes[-1].name == "simulator"
    assert "NATS_CONSUMER_TOPIC" not in found.variables


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        ({}, {"NATS_CONSUMER_TOPIC": "binance.websocket.data,market.>"}),
        ({"NATS_CONSUMER_TOPIC": "own.books,other.*"}, {"NATS_CONSUMER_TOPIC": "own.books,other.*,market.>"}),
        (
            {"NATS_CONSUMER_TOPIC": "a", "NATS_STRATEGIES_TOPIC": "b"},
            {"NATS_CONSUMER_TOPIC": "a,market.>", "NATS_STRATEGIES_TOPIC": "b,market.>"},
        ),
        ({"NATS_CONSUMER_TOPIC": "a,market.*.depth.*"}, {"NATS_CONSUMER_TOPIC": "a,market.>"}),
        ({"NATS_CONSUMER_TOPIC": "a,market.>"}, {"NATS_CONSUMER_TOPIC": "a,market.>"}),
        ({"NATS_CONSUMER_TOPIC": ">"}, {"NATS_CONSUMER_TOPIC": ">"}),
    ],
)
def test_what_is_listened_to_is_kept_and_nothing_is_heard_twice(given: dict[str, str], heard: dict[str, str]):
    assert topics(given) == heard


def test_subjects_that_are_none_are_refused_by_the_name_of_their_variable():
    with pytest.raises(StackError, match="NATS_STRATEGIES_TOPIC"):
        topics({"NATS_STRATEGIES_TOPIC": "not good"})


@pytest.mark.parametrize(
    "text", ["binance", "ftx:top:20", "binance:top:0", "binance:", ":BTCUSDT", "binance top:20"]
)
def test_what_nobody_can_bring_is_refused_in_a_sentence(text: str):
    with pytest.raises(StackError, match=r"^MARKET says where from and what: .*\.$"):
        wanted_market({"MARKET": text})


def test_an_invented_market_never_comes_under_the_names_of_a_real_one():
    with pytest.raises(StackError, match="set one of them"):
        wanted_market({"MARKET": "binance:top:20", "SIMULATE": "1"})


class Lines(Screen):
    """What was put on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def done(self, name: str, note: str) -> None:
        self.lines.append((f"✓ {name}", note))

    def died(self, name: str, note: str) -> None:
        self.lines.append((f"✗ {name}", note))


class Over(Exception):
    """The test has seen enough."""


@pytest.fixture
def reported(store: redis.Redis, clock: Clock) -> Callable[..., list[tuple[str, str]]]:
    """What the screen shows while these reports come, each for so many seconds."""

    def reported(*scenes: tuple[int, MarketsReport]) -> list[tuple[str, str]]:
        screen = Lines()
        moments = [report for seconds, report in scenes for _ in range(seconds)]

        async def sleep(_seconds: float) -> None:
            if not moments:
                raise Over
            clock.advance(1)
            report = msgspec.structs.replace(moments.pop(0), reported_at=clock())
            store.hset(key_of(settings.STORE_PREFIX), report.instance, msgspec.msgpack.encode(report))

        reader = ReportReader(store, settings.STORE_PREFIX)
        with pytest.raises(Over):
            asyncio.run(follow(BINANCE, screen, reader, START, clock=clock, sleep=sleep))
        return screen.lines

    return reported


WELL, AWAY = (markets_report(each, started_at=START) for each in (venue_report(), TROUBLED))
COME = ("✓ markets", "frames come from binance")
DO_NOT_COME = (
    "✗ markets",
    f"okx spot: nothing came for 60 s; trying until it is back. {INVENTED}",
)
LONG = round(PATIENCE_SECONDS) + 1


def test_that_frames_come_is_reported_once(reported: Callable[..., list[tuple[str, str]]]):
    assert reported((3, WELL), (2, AWAY), (3, WELL)) == [COME]


def test_why_nothing_comes_is_reported_within_seconds_and_what_to_do_and_when_it_is_over(
    reported: Callable[..., list[tuple[str, str]]],
):
    assert reported((LONG - 1, AWAY)) == []
    assert reported((LONG, AWAY)) == [DO_NOT_COME]
    assert reported((10 * LONG, AWAY), (3, WELL), (2 * LONG, AWAY), (1, WELL)) == [
        DO_NOT_COME, COME, DO_NOT_COME, COME
    ]  # fmt: skip


def test_one_venue_of_several_that_does_not_come_is_no_reason_to_invent_a_market(
    reported: Callable[..., list[tuple[str, str]]],
):
    some = markets_report(venue_report(), TROUBLED, started_at=START)
    assert reported((LONG, some)) == [
        ("✗ markets", "okx spot: nothing came for 60 s; trying until it is back.")
    ]


def test_what_another_stack_has_left_in_the_store_is_not_shown(
    reported: Callable[..., list[tuple[str, str]]],
):
    former = markets_report(TROUBLED, instance="former", started_at=START - 1)
    assert reported((LONG, former)) == []
    assert reported((LONG, former), (1, WELL)) == [COME]


def test_a_store_that_is_away_is_nothing_to_report_of_a_market(clock: Clock):
    screen = Lines()
    nobody = redis.Redis.from_url(f"redis://{LOCALHOST}:{free_port()}")

    async def sleep(_seconds: float) -> None:
        raise Over

    with pytest.raises(Over):
        asyncio.run(follow(BINANCE, screen, ReportReader(nobody, "x"), START, clock=clock, sleep=sleep))
    assert screen.lines == []

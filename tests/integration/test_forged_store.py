"""Whatever somebody writes into Redis: no page fails, the rest is shown, nothing is executed, and owners mend it."""

import json
import struct
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis

import presence
from halts import acknowledged
from halts.domain import HaltRecord
from markets.reports.store import key_of
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from metrics.store.writer import StoreWriter
from stored import left_out
from strategies.domain.signal import Signal, fate_under
from strategies.keys import StrategyKeys
from strategies.reader import StrategiesReader
from strategies.runner import StrategyRunner
from tests.factories import Clock, feed_report, market_id, market_row, spot_book, stored_book
from tests.integration.forgeries import NAMES, NASTY, raw_forgeries, variants
from tests.strategies.reports import receipt, report
from tests.strategies.runners import deliver, make_runner
from tests.strategies.test_views import LEGS, signal

pytestmark = pytest.mark.django_db

KEYS, STRATEGY_KEYS = Keys(settings.STORE_PREFIX), StrategyKeys(settings.STORE_PREFIX)
SIGNALS = STRATEGY_KEYS.signals("orderbook_skew")
HALTED = STRATEGY_KEYS.halted("orderbook_skew")
HALT = HaltRecord(symbol="BTCUSDT", halted=True, reason="r", actor="a", at=1.0)
HASHES = {
    "rows": KEYS.rows, "books": KEYS.books, "wholes": KEYS.wholes, "feeds": KEYS.feeds,
    "processes": STRATEGY_KEYS.processes,
    "acknowledged": acknowledged.key(), "markets": key_of(settings.STORE_PREFIX),
    "present": presence.key_of(settings.STORE_PREFIX),
}  # fmt: skip
PAGES = (
    "/", "/?q=F&sort=-pressure", "/symbols/BTCUSDT/", "/symbols/NOPEUSDT/", "/symbols/FORGEDUSDT/",
    "/signals/", "/signals/?state=halted", "/signals/?strategy=orderbook_skew&symbol=BTCUSDT", "/signals/?after=x",
    "/metrics", "/ready", "/api/v1/feed",
    "/api/v1/metrics/all", "/api/v1/metrics/all?sort_by=pressure", "/api/v1/metrics/summary",
    "/api/v1/metrics/sparklines", "/api/v1/metrics/depth/BTCUSDT", "/api/v1/metrics/pressure/BTCUSDT",
    "/api/v1/metrics/prices/BTCUSDT", "/api/v1/metrics/liquidity", "/api/v1/metrics/liquidity/BTCUSDT",
    "/api/v1/metrics/heat/BTCUSDT",
    "/api/v1/metrics/depth/FORGEDUSDT", "/api/v1/metrics/pressure/FORGEDUSDT",
    "/api/v1/signals", "/api/v1/signals?symbol=BTCUSDT", "/api/v1/signals?state=halted",
    "/api/v1/strategies/orderbook_skew/applied",
    "/admin/", "/admin/strategies/", "/admin/strategies/orderbook_skew/global/",
)  # fmt: skip
MISSING = ("NOPE", "FORGED")
Named = tuple[Any, Any]
"""A value, and what it calls itself."""
AT_ONCE = 50
"""Values of a kind; pages that list thousands would take long."""


@pytest.fixture
def clock() -> Clock:
    """Pages live now."""
    return Clock(time.time())


@pytest.fixture
def runner(clock: Clock, tmp_path: Path, store: redis.Redis) -> StrategyRunner:
    return make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL))


@pytest.fixture
def market(publish: Callable[..., None], reader: StoreReader, nothing_set: None) -> Callable[[], None]:
    """What a feed knows of two symbols, in the store, and again whenever it is called."""
    places = iter(range(1, 1000))

    def write() -> None:
        place = next(places)
        publish(*(spot_book(symbol, update_id=place) for symbol in ("BTCUSDT", "ETHUSDT")))

    write()
    return write


@pytest.fixture
def house(market: Callable[[], None], runner: StrategyRunner, clock: Clock) -> Callable[[], None]:
    """The same, with what a strategy process reports."""

    def write() -> None:
        signalled = msgspec.structs.replace(signal(), timestamp=iso(clock()))
        runner.outbox.put(signalled)
        runner.outbox.hold_back(msgspec.structs.replace(signalled, id="halted"), HALT)
        act(runner, runner.report_once, lambda: deliver(runner))

    write()
    return write


def act(runner: StrategyRunner, *steps: Callable[[], Awaitable[Any]]) -> None:
    """Steps of a strategy process, on connections of their own."""

    async def then_disconnect() -> None:
        for step in steps:
            await step()
        await runner._redis.aclose()

    async_to_sync(then_disconnect)()


@pytest.fixture
def browser(house: Callable[[], None]) -> Client:
    client = Client()
    client.force_login(
        User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def assert_all_answer(client: Client) -> None:
    for page in PAGES:
        answer = client.get(page)
        allowed = (200, 404) if any(name in page for name in MISSING) else (200,)
        assert answer.status_code in allowed, (page, answer.status_code, answer.content[:300])
        if page == "/metrics":
            assert list(text_string_to_metric_families(answer.content.decode()))


def assert_the_rest_is_shown(client: Client) -> None:
    """What a feed and a strategy process have reported, untouched by what stands beside it."""
    rows = client.get("/api/v1/metrics/all").json()["metrics"]
    assert {"BTCUSDT", "ETHUSDT"} <= set(rows)
    feed = client.get("/api/v1/feed").json()
    assert "test/0/1" in [each["instance"] for each in feed["feeds"]]
    assert "host:1/0/1" in [each["instance"] for each in feed["strategies"]]
    signals = client.get("/api/v1/signals?symbol=BTCUSDT").json()["signals"]
    assert iso(0)[-5:] in signals[0]["timestamp"]
    applied = client.get("/api/v1/strategies/orderbook_skew/applied").json()["data"]
    assert "host:1/0/1" in [each["instance"] for each in applied]


# -- Values of another kind ------------------------------------------------------------------


@pytest.mark.parametrize("name", raw_forgeries(Path()))
def test_bytes_of_any_kind_in_every_key(
    browser: Client, store: redis.Redis, tmp_path: Path, clock: Clock, name: str
):
    executed = tmp_path / "executed"
    raw = raw_forgeries(executed)[name]
    for key in HASHES.values():
        for field in NAMES:
            store.hset(key, field, raw)
    for place in (store.lpush, store.rpush):
        place(SIGNALS, raw)
        place(HALTED, raw)
    store.append(KEYS.history(market_id(), int(clock() // 60)), raw)
    store.set(KEYS.history(market_id("ETHUSDT"), int(clock() // 60)), raw)
    store.set(KEYS.heat(market_id(), int(clock() // 60)), raw)
    for other in (":1:throttle_configuration_write_1", ":nobody's"):
        store.set(settings.STORE_PREFIX + other, raw)
    assert_all_answer(browser)
    assert_the_rest_is_shown(browser)
    assert not executed.exists()


def row_variants(nasty: Any) -> Iterator[Named]:
    for row in variants(msgspec.to_builtins(market_row(symbol="FORGEDUSDT", received_at=time.time())), nasty):
        yield row[0] if isinstance(row, list) and row else "FORGEDUSDT", row


def book_variants(nasty: Any) -> Iterator[Named]:
    for book in variants(
        msgspec.to_builtins(stored_book(symbol="FORGEDUSDT", received_at=time.time())), nasty
    ):
        yield book[0] if isinstance(book, list) and book else "FORGEDUSDT", book


def feed_variants(nasty: Any) -> Iterator[Named]:
    whole = msgspec.to_builtins(
        feed_report(
            instance="forged/0/1", reported_at=time.time(), nats_away_since=time.time(), lag_ms=1.0,
            not_live=[("FORGEDUSDT", "suspect", "late")], wrong_clocks={"kraken": 5.0}, errors={"e": 1},
        )
    )  # fmt: skip
    return named(variants(whole, nasty))


def process_variants(nasty: Any) -> Iterator[Named]:
    halt = {"halted": True, "reason": "r", "actor": "a", "at": 1.0, "strategy_id": "", "symbol": "BTCUSDT"}
    whole = msgspec.to_builtins(
        report(
            receipt("BTCUSDT"), instance="forged:1/0/1", reported_at=time.time(), last_message_at=time.time(),
            signals={"orderbook_skew:buy": 1}, failures={"orderbook_skew:ValueError": 1},
            not_live=[("FORGEDUSDT", "suspect", "late")], wrong_clocks={"kraken": 5.0}, errors={"e": 1},
        )
    ) | {"halts": [halt]}  # fmt: skip
    return named(variants(whole, nasty))


def named(reports: Iterator[Any]) -> Iterator[Named]:
    for each in reports:
        yield each.get("instance", "forged") if isinstance(each, dict) else "forged", each


VARIANTS = {
    "rows": row_variants, "books": book_variants, "feeds": feed_variants, "processes": process_variants,
}  # fmt: skip


def field_of(name: Any) -> str | bytes:
    return name if isinstance(name, str) else b"forged"


@pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY)
def test_any_part_of_a_value_and_of_a_signal_replaced(browser: Client, store: redis.Redis, nasty: Any):
    """Values of all kinds at once. Of one kind all at once would stand under few names: one of each name at a time,
    most of them under its own."""
    for each in signal_variants(nasty):
        store.lpush(SIGNALS, json.dumps(each))
        store.lpush(HALTED, json.dumps(each))
    waiting = {kind: list(made(nasty)) for kind, made in VARIANTS.items()}
    while any(waiting.values()):
        for kind, values in waiting.items():
            taken, waiting[kind] = under_names(kind, values)
            for field, raw in taken.items():
                store.hset(HASHES[kind], field, raw)
        assert_all_answer(browser)
        assert_the_rest_is_shown(browser)


def under_names(kind: str, values: list[Named]) -> tuple[dict[str | bytes, bytes], list[Named]]:
    """As many as have a name for themselves, and those that must wait."""
    taken: dict[str | bytes, bytes] = {}
    others = []
    for name, value in values:
        if not (len(taken) < AT_ONCE and rename(kind, name, value, f"FORGED{len(taken)}USDT", taken)):
            others.append((name, value))
    return taken, others


def rename(kind: str, name: Any, value: Any, free: str, taken: dict[str | bytes, bytes]) -> bool:
    """Let the value stand under a name of its own, which it claims, where its name is not what was forged."""
    if name == "FORGEDUSDT" and isinstance(value, list) and value:
        name, value = free, [free, *value[1:]]
    elif name in ("forged/0/1", "forged:1/0/1") and isinstance(value, dict):
        name, value = free, {**value, "instance": free}
    if (field := field_of(name)) in taken:
        return False
    taken[field] = msgspec.msgpack.encode(value)
    return True


def signal_variants(nasty: Any) -> Iterator[Any]:
    whole = msgspec.to_builtins(
        msgspec.structs.replace(signal(form="spot", legs=LEGS), timestamp=iso(time.time()), id="forged")
    ) | msgspec.to_builtins(fate_under(HALT))
    return variants(whole, nasty)


def test_a_history_of_impossible_points_costs_those_points(
    browser: Client, store: redis.Redis, reader: StoreReader, clock: Clock
):
    minute = int(clock() // 60)
    known = len(reader.history(market_id(), clock() - 60, clock())[0])
    nan, inf = float("nan"), float("inf")
    for at, ratio, mid in (
        (nan, 0.5, 1.0),
        (clock(), nan, 1.0),
        (clock(), inf, 1.0),
        (inf, 0.1, 1.0),
        (1e300, 0.1, 1.0),
        (-1.0, 0.1, 1.0),
        (0.0, 2.0, 1.0),
        (clock(), 0.5, nan),
        (clock(), 0.5, inf),
        (clock(), 0.5, 0.0),
        (clock(), 0.5, -1.0),
    ):
        store.append(KEYS.history(market_id(), minute), struct.pack("dddd", at, ratio, mid, 2 * mid))
        store.append(KEYS.history(market_id(), minute - 1), struct.pack("dddd", at, ratio, mid, 2 * mid))
    assert_all_answer(browser)
    assert len(reader.history(market_id(), clock() - 60, clock())[0]) == known


def test_a_value_under_the_name_of_another_is_left_out(browser: Client, store: redis.Redis):
    other = msgspec.msgpack.encode([market_row(symbol="XRPUSDT", received_at=time.time())])
    store.hset(KEYS.rows, "BTCUSDT", other)
    assert set(browser.get("/api/v1/metrics/all").json()["metrics"]) == {"ETHUSDT"}


def test_what_was_left_out_is_counted_and_reported_once(
    browser: Client, store: redis.Redis, caplog: pytest.LogCaptureFixture
):
    for field in ("a", "b"):
        store.hset(STRATEGY_KEYS.processes, field, b"nonsense")
    for _ in range(2):
        browser.get("/api/v1/feed")
    assert left_out["process_reports"] == 4
    assert caplog.text.count("not_believed process_reports") == 1
    figures = browser.get("/metrics").content.decode()
    assert 'store_not_believed_total{kind="process_reports"}' in figures


# -- Keys of another type --------------------------------------------------------------------

OTHER_TYPES = {
    "string": ("SET", "{}", "nonsense"),
    "hash": ("HSET", "{}", "a", "b"),
    "list": ("RPUSH", "{}", "a"),
    "set": ("SADD", "{}", "a"),
    "sorted set": ("ZADD", "{}", "1", "a"),
    "stream": ("XADD", "{}", "*", "a", "b"),
}


def all_keys(now: float) -> dict[str, str]:
    histories = {f"history {n}": KEYS.history(market_id(), int(now // 60) - n) for n in (0, 1)}
    return {**HASHES, "signals": SIGNALS, "halted": HALTED, **histories}


@pytest.mark.parametrize("other", OTHER_TYPES)
def test_keys_of_another_type_are_left_out_and_written_anew_by_their_owners(
    browser: Client,
    store: redis.Redis,
    market: Callable[[], None],
    house: Callable[[], None],
    clock: Clock,
    other: str,
):
    right = {name: store.type(key) for name, key in all_keys(clock()).items()}
    for name, key in all_keys(clock()).items():
        if store.type(key) != other.encode():
            store.delete(key)
            command = OTHER_TYPES[other]
            store.execute_command(*(word.format(key) for word in command))
            assert store.type(key) != right[name]
    for page in PAGES:
        assert browser.get(page).status_code in (200, 404, 503)
    assert browser.get("/metrics").status_code == browser.get("/signals/").status_code == 200
    clock.now = time.time()
    market()
    house()
    assert_all_answer(browser)
    assert_the_rest_is_shown(browser)
    assert left_out["keys"]


# -- Who owns a value ------------------------------------------------------------------------


def test_a_feed_replaces_what_was_forged_in_its_place(
    store: redis.Redis, market: Callable[[], None], reader: StoreReader, clock: Clock
):
    for key, name in ((KEYS.rows, "BTCUSDT"), (KEYS.books, "BTCUSDT"), (KEYS.feeds, "test/0/1")):
        store.hset(key, name, b"nonsense")
    assert (list(reader.rows()), reader.book("BTCUSDT"), reader.feeds()) == (["ETHUSDT"], None, [])
    clock.advance(1)
    market()
    assert list(reader.rows()) == ["BTCUSDT", "ETHUSDT"]
    assert reader.book("BTCUSDT")
    assert reader.feeds()


def test_a_feed_goes_on_with_a_string_cut_short(
    store: redis.Redis, market: Callable[[], None], reader: StoreReader, clock: Clock
):
    store.append(KEYS.history(market_id(), int(clock() // 60)), b"1234567")
    market()
    assert len(reader.history(market_id(), clock() - 60, clock() + 1)[0]) == 2


def test_a_feed_tidies_away_what_nobody_owns(
    store: redis.Redis, market: Callable[[], None], writer: StoreWriter, run: Callable[..., Any], clock: Clock
):
    ahead = msgspec.msgpack.encode(market_row(symbol="FORGEDUSDT", received_at=clock() + 3600))
    for key in (KEYS.rows, KEYS.books, KEYS.feeds):
        for name in NAMES:
            store.hset(key, name, b"nonsense")
        store.hset(key, "FORGEDUSDT", ahead)
    run(lambda: writer.tidy(clock()))
    assert set(store.hkeys(KEYS.rows)) == {b"BTCUSDT", b"ETHUSDT"}
    assert set(store.hkeys(KEYS.books)) == {b"BTCUSDT@binance", b"ETHUSDT@binance"}
    assert store.hkeys(KEYS.feeds) == [b"test/0/1"]


def test_a_feed_that_must_withdraw_is_not_stopped_by_another_type(
    store: redis.Redis, market: Callable[[], None], writer: StoreWriter, run: Callable[..., Any], clock: Clock
):
    key = KEYS.history(market_id(), int(clock() // 60))
    store.delete(key)
    store.hset(key, "a", "b")
    writer.withdraw(market_id(), clock() - 1, clock())
    run(lambda: writer.write_history(clock()))
    assert store.type(key) == b"none"


def test_a_strategy_process_starts_over_what_cannot_be_read_and_removes_it(
    runner: StrategyRunner, store: redis.Redis, clock: Clock, tmp_path: Path
):
    for number, raw in enumerate(raw_forgeries(tmp_path / "executed").values()):
        store.hset(STRATEGY_KEYS.processes, f"forged:{number}", raw)
    for name in NAMES:
        store.hset(STRATEGY_KEYS.processes, name, b"nonsense")
    act(runner, runner.report_once, runner.take_place)
    assert store.hkeys(STRATEGY_KEYS.processes) == [b"host:1/0/1"]
    act(runner, runner.report_once)
    reader = StrategiesReader(store, STRATEGY_KEYS, clock)
    assert reader.processes()[0].errors["not_believed_process_reports"] > 10
    assert not (tmp_path / "executed").exists()


def test_a_strategy_process_starts_where_its_hash_is_none(runner: StrategyRunner, store: redis.Redis):
    store.set(STRATEGY_KEYS.processes, b"nonsense")
    act(runner, runner.take_place, runner.report_once)
    assert store.hkeys(STRATEGY_KEYS.processes) == [b"host:1/0/1"]
    assert not runner.errors


def test_the_place_of_a_reading_is_one_that_can_be_read(
    house: Callable[[], None], store: redis.Redis, clock: Clock
):
    reader = StrategiesReader(store, STRATEGY_KEYS, clock)
    (known, halted), _ = reader.signals_since("")
    for key in (SIGNALS, HALTED):
        store.lpush(key, b"nonsense")
    signals, place = reader.signals_since("")
    assert [each.id for each in signals] == [known.id, halted.id] == place.split(",")
    assert reader.newest_of_each()["orderbook_skew"] == known.timestamp
    assert isinstance(known, Signal)

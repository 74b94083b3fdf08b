"""What the hot lane sends is what the views answer, byte by byte, and it asks them once a push interval."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from threading import Event
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.middleware.gzip import GZipMiddleware

from metrics import marks
from metrics.domain.choice import Choice
from metrics.marks import Mark, Marks
from realtime.handler import ThreadedHandler
from realtime.hot_lane import AHEAD, HotLane
from realtime.origins import AsgiScope
from realtime.serving.at_once import Ready
from realtime.sub_path import below
from tests.factories import Clock, spot_book, usdm_book
from tests.servers import Server

pytestmark = pytest.mark.usefixtures("no_connection_of_an_earlier_test")
INTERVAL = 0.25
SYMBOLS = ["BTCUSDT", "ETHUSDT", "XRPUSDT", "币安人生USDT"]
SUMMARY = "/api/v1/metrics/summary"
DEPTH = "/api/v1/metrics/depth/BTCUSDT"
HALTED = Mark(
    True, 1_700_000_000.0, "Signals halted since 22:13 UTC.", "Everything is halted: no strategy sends any."
)


class Whole:
    """The whole application, and how often it was asked."""

    def __init__(self) -> None:
        self._handler: Any = ThreadedHandler()
        self.asked = 0

    async def __call__(self, scope: AsgiScope, receive: Any, send: Any) -> None:
        self.asked += 1
        await self._handler(scope, receive, send)


Ask = Callable[..., httpx.Response]


async def get(application: Any, address: str, method: str = "GET", headers: Any = None) -> httpx.Response:
    """Put a question to an ASGI application."""
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.request(method, address, headers=headers)


@pytest.fixture
def whole() -> Whole:
    return Whole()


@pytest.fixture
def ask_whole(whole: Whole) -> Ask:
    return partial(async_to_sync(get), whole)


@pytest.fixture
def lane(whole: Whole, clock: Clock) -> HotLane:
    """On the clock of the market."""
    return HotLane(whole, INTERVAL, clock)


@pytest.fixture
def ask(lane: HotLane) -> Ask:
    return partial(async_to_sync(get), lane)


@pytest.fixture
def kept_alone(lane: HotLane) -> Any:
    """An application that answers with what is at hand; 501 where it is not."""

    async def application(scope: AsgiScope, receive: Any, send: Any) -> None:
        asked = lane.at_hand(scope)
        ready = (asked and asked()) or Ready.of(HTTPStatus.NOT_IMPLEMENTED, [])
        await send({"type": "http.response.start", "status": ready.status, "headers": ready.headers})
        await send({"type": "http.response.body", "body": ready.body})

    return application


@pytest.fixture
def ask_all(lane: HotLane) -> Callable[[list[str]], list[httpx.Response]]:
    """Put several questions at once."""

    async def ask_all(addresses: list[str]) -> list[httpx.Response]:
        return await asyncio.gather(*(get(lane, address) for address in addresses))

    return async_to_sync(ask_all)


@pytest.fixture
def mark() -> Iterator[Callable[[Marks], None]]:
    answered = [Marks()]
    marks.hand_in(lambda: answered[-1])
    yield answered.append
    marks.hand_in(Marks)


def seen(answer: httpx.Response) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What stands on the wire, but for the order of headers; lengths are those of bodies as they were sent."""
    return answer.status_code, sorted(answer.headers.raw), answer.content


# -- The same as the view --------------------------------------------------------------------


def question(chance: random.Random) -> tuple[str, str, list[tuple[str, str]]]:
    """An address, a method and headers, as somebody may send them: also in several lines."""
    symbol = chance.choice([*SYMBOLS, "btcusdt", "NONEUSDT", "B TC", "%00", "A" * 40])
    address = chance.choice(
        [
            f"/api/v1/metrics/depth/{symbol}",
            f"/api/v1/metrics/pressure/{symbol}",
            f"/api/v1/metrics/prices/{symbol}",
            f"/api/v1/metrics/venues/{symbol}",
            f"/api/v1/metrics/liquidity/{symbol}",
            "/api/v1/metrics/liquidity",
            "/api/v1/metrics/all",
            SUMMARY,
            "/api/v1/metrics/sparklines",
            f"/api/v1/metrics/prices/{symbol}",
            "/api/v1/feed",
            "/api/v1/signals",
            "/healthz",
        ]
    )
    parameters = {
        "symbols": ["BTCUSDT", "btcusdt,ETHUSDT", "", "NONEUSDT", "B C"],
        "sort_by": ["pressure", "symbol", "spread", "size", "cost_bps_10000"],
        "sizes": ["100", "1,1"],
        "bands": ["5,10", "x"],
        "sort_order": ["asc", "desc", "up"],
        "limit": ["1", "2", "0", "5000", "x"],
        "offset": ["0", "1", "-1"],
        "timeframe": ["1m", "5m", "15m", "1h"],
        "max_points": ["1", "7", "1000"],
        "state": ["live", "stale"],
        "min_pressure": ["10", "nan"],
        "strategy": ["orderbook_skew", "none"],
        "venue": ["binance", "OKX", "*", "binance,okx", "", "a b"],
        "form": ["spot", "usdm", "swap"],
        "nonsense": ["1"],
    }
    fitting = {"all": 5, "signals": 3}.get(address.split("/")[-1], 0)
    named = chance.sample(list(parameters), chance.choice([0, 0, 0, 1, 2, fitting]))
    query = "&".join(f"{name}={chance.choice(parameters[name])}" for name in named)
    headers = {
        "Accept": ["*/*", "text/html", "application/json;q=0.5"],
        "Authorization": ["Token none", "Bearer x"],
        "X-Petrosa-Internal-Token": ["none", ""],
        "Cookie": ["theme=dark", "lang=en"],
        "Origin": ["https://elsewhere.example"],
        "Host": ["127.0.0.1", "localhost", "127.0.0.1:8080", "elsewhere.example", "a b"],
        "Range": ["bytes=0-9"],
        "If-None-Match": ["*", '"none"', 'W/"none", *', "none"],
        "X-Forwarded-Proto": ["https"],
        "Content-Length": ["0"],
        "X-HTTP-Method-Override": ["DELETE"],
        "Accept-Encoding": [
            "gzip",
            "gzip, deflate, br, zstd",
            "br;q=1.0, gzip;q=0.8",
            "gzip;q=0",
            "identity",
            "*",
        ],
        "User-Agent": ["", "curl"],
    }
    names = chance.choices(list(headers), k=chance.randrange(4))
    sent = [(name, chance.choice(headers[name])) for name in names]
    slash = chance.choice(["", "", "", "/", "//"])
    method = chance.choice(["GET", "GET", "GET", "HEAD", "POST", "OPTIONS"])
    return f"{address}{slash}{'?' * bool(query)}{query}", method, sent


@pytest.mark.django_db(transaction=True)
def test_thousands_of_questions_are_answered_as_by_the_views(
    lane: HotLane,
    kept_alone: Any,
    whole: Whole,
    reader: Any,
    publish: Any,
    clock: Clock,
    mark: Callable[[Marks], None],
    monkeypatch: pytest.MonkeyPatch,
):
    # Some refusals are pages, which vary in length.
    monkeypatch.setattr(GZipMiddleware, "max_random_bytes", 0)
    chance, at_hand = random.Random(11), 0
    tags: dict[str, str] = {}
    encodings = Counter[str]()

    @async_to_sync  # all in one event loop: to begin one takes longer than an answer
    async def fifty() -> None:
        nonlocal at_hand
        for _ in range(50):
            address, _, headers = asked = question(chance)
            if address in tags and chance.random() < 0.3:
                headers.append(("If-None-Match", tags[address]))
            by_view, by_lane = await get(whole, *asked), await get(lane, *asked)
            assert seen(by_lane) == seen(by_view), asked
            if (kept := await get(kept_alone, *asked)).status_code != HTTPStatus.NOT_IMPLEMENTED:
                assert seen(kept) == seen(by_view), asked
                at_hand += 1
            if "ETag" in by_view.headers:
                tags[address] = by_view.headers["ETag"]
            encodings.update(by_lane.headers.get_list("Content-Encoding"))

    for state in range(40):
        if state % 8 == 7:
            clock.advance(chance.choice([6, 70]))  # all is stale, or gone
        mark(chance.choice([Marks(), Marks({"BTCUSDT": HALTED}), Marks(others=HALTED)]))
        if state:  # at first no feed was ever heard
            for symbol in chance.sample(SYMBOLS, chance.randrange(1, len(SYMBOLS))):
                size = chance.choice([0.5, 1.0, 40.0])
                make = chance.choice([spot_book, usdm_book])
                publish(make(symbol, [(100.0, size)], chance.choice([[(100.5, 1.0)], []])))
        fifty()
        clock.advance(INTERVAL)
    assert at_hand > 300
    assert encodings["gzip"] > 100


@pytest.mark.parametrize("address", [DEPTH, SUMMARY, "/healthz", "/api/v1/metrics/depth/NONEUSDT"])
def test_below_a_path_of_the_host_the_answer_is_the_same(
    lane: HotLane, whole: Whole, reader: Any, publish: Any, address: str
):
    publish(spot_book())
    lane_below, whole_below = below("/desk", lane), below("/desk", whole)
    ask, ask_whole = (partial(async_to_sync(get), each) for each in (lane_below, whole_below))
    by_view = ask_whole(f"/desk{address}")
    assert seen(ask(f"/desk{address}")) == seen(by_view)
    whole.asked = 0
    assert seen(ask(address)) == seen(by_view)  # the proxy has taken the path away
    assert whole.asked == 0


# -- Once a push interval --------------------------------------------------------------------


@pytest.fixture
def asked_again(ask: Ask, whole: Whole, publish: Any) -> Callable[[str], httpx.Response]:
    """Ask where the whole application has been asked for the headers before: now only the view is."""
    publish(spot_book())

    def asked_again(address: str) -> httpx.Response:
        ask(address)
        whole.asked = 0
        answer = ask(address)
        assert whole.asked == 0
        return answer

    return asked_again


@pytest.mark.parametrize(
    "address",
    [
        DEPTH,
        "/api/v1/metrics/pressure/BTCUSDT?timeframe=1m",
        SUMMARY,
        "/api/v1/metrics/all?limit=1",
        "/api/v1/feed",
    ],
)
def test_an_answer_is_kept_for_a_push_interval_and_then_made_anew(
    asked_again: Any, reader: Any, publish: Any, clock: Clock, address: str
):
    kept = asked_again(address)
    publish(spot_book(bids=[(99.0, 7.0)], update_id=2))
    clock.advance(INTERVAL - 0.001)
    assert asked_again(address).content == kept.content
    clock.advance(0.002)
    assert asked_again(address).content != kept.content


def test_an_answer_that_is_asked_for_when_it_will_soon_be_too_old_is_made_anew_and_nobody_waits(
    asked_again: Any, lane: HotLane, reader: Any, publish: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    kept = asked_again(DEPTH)
    publish(spot_book(bids=[(99.0, 7.0)], update_id=2))
    is_made, may_go_on = Event(), Event()
    read = reader.book

    def slowly(symbol: str, *choice: Any) -> Any:
        may_go_on.wait(20)
        found = read(symbol, *choice)
        is_made.set()
        return found

    monkeypatch.setattr(reader, "book", slowly)

    async def three() -> list[httpx.Response]:
        clock.advance(AHEAD * INTERVAL)
        answers = [await get(lane, DEPTH), await get(lane, DEPTH)]  # although its view waits
        may_go_on.set()
        await asyncio.to_thread(is_made.wait, 20)
        clock.advance((1 - AHEAD) * INTERVAL + 0.001)
        return [*answers, await get(lane, DEPTH)]

    first, second, third = async_to_sync(three)()
    assert first.content == second.content == kept.content
    assert third.content != kept.content
    assert third.json()["age_ms"] == 1000 * AHEAD * INTERVAL


def test_who_is_asked_for_no_more_is_not_made_anew(
    asked_again: Any, lane: HotLane, reader: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    asked_again(DEPTH)
    readings: list[str] = []
    monkeypatch.setattr(reader, "book", lambda symbol, *choice: readings.append(symbol))

    async def later() -> None:
        clock.advance(2 * INTERVAL)
        await asyncio.sleep(0.05)

    async_to_sync(later)()
    assert readings == []


def test_many_who_ask_at_once_are_answered_by_one_reading(
    asked_again: Any, ask_all: Any, reader: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    asked_again(DEPTH)
    clock.advance(INTERVAL)
    readings: list[str] = []
    read = reader.book

    def noted(symbol: str, *choice: Any) -> Any:
        readings.append(symbol)
        return read(symbol, *choice)

    monkeypatch.setattr(reader, "book", noted)
    answers = ask_all([DEPTH] * 50)
    assert {answer.status_code for answer in answers} == {200}
    assert readings == ["BTCUSDT"]


def test_there_are_two_answers_at_most_whatever_clients_claim_to_read(
    ask: Ask, reader: Any, publish: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    publish(*(spot_book(f"S{number}USDT") for number in range(20)))
    every = "/api/v1/metrics/all"
    ask(every)
    clock.advance(INTERVAL)
    readings = 0
    read = reader.rows

    def counted(choice: Choice) -> Any:
        nonlocal readings
        readings += 1
        return read(choice)

    monkeypatch.setattr(reader, "rows", counted)
    spellings = ["gzip, x{}", "gzip;q=0.{}1", "x{}", "gzip;q=0, br;q=0.{}"]
    for spelling, encoding in zip(spellings, ["gzip", "gzip", None, None], strict=True):
        for number in range(5):
            answer = ask(every, headers={"Accept-Encoding": spelling.format(number)})
            assert answer.headers.get("Content-Encoding") == encoding
            assert len(answer.json()["metrics"]) == 20
    assert readings == 2


def test_nobody_waits_with_others_for_an_answer_that_will_be_too_old(
    asked_again: Any, lane: HotLane, whole: Whole, reader: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    asked_again(DEPTH)
    clock.advance(INTERVAL)
    is_asked, may_go_on = Event(), Event()
    read = reader.book

    def slowly(symbol: str, *choice: Any) -> Any:
        found = read(symbol, *choice)
        if not is_asked.is_set():
            is_asked.set()
            may_go_on.wait(20)
        return found

    monkeypatch.setattr(reader, "book", slowly)

    async def two() -> httpx.Response:
        first = asyncio.create_task(get(lane, DEPTH))
        await asyncio.to_thread(is_asked.wait, 20)
        clock.advance(INTERVAL)
        later = await get(lane, DEPTH)
        may_go_on.set()
        await first
        return later

    assert async_to_sync(two)().json()["age_ms"] == 1000 * 2 * INTERVAL
    assert whole.asked == 1


def test_a_store_that_keeps_silent_takes_nothing_else_with_it(own_store: Server, lane: HotLane, whole: Whole):
    own_store.freeze()

    async def health_beside_many() -> tuple[float, int]:
        many = [
            asyncio.create_task(get(lane, f"/api/v1/metrics/depth/S{number}USDT")) for number in range(40)
        ]
        await asyncio.sleep(0.1)
        began = time.monotonic()
        answer = await get(lane, "/healthz")
        took = time.monotonic() - began
        own_store.thaw()
        await asyncio.gather(*many)
        return took, answer.status_code

    took, status = async_to_sync(health_beside_many)()
    assert status == 200
    assert took < 1


def test_whoever_leaves_does_not_take_the_answer_from_others(
    asked_again: Any, lane: HotLane, reader: Any, clock: Clock
):
    asked_again(DEPTH)
    clock.advance(INTERVAL)

    async def two() -> httpx.Response:
        leaving = asyncio.create_task(get(lane, DEPTH))
        await asyncio.sleep(0)
        staying = asyncio.create_task(get(lane, DEPTH))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert async_to_sync(two)().status_code == 200

"""What-ifs over REST: who may ask, what is refused before anybody is asked, and lines as they come."""

import asyncio
import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from knox.models import AuthToken

from messaging import bus
from tests.markets.recording.test_reading import record
from tests.people import Caller
from tests.servers import Server, nats_url
from what_if.api import places, views
from what_if.domain.question import EVER
from what_if.jobs import Limits, Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_set")]
PATH = "/api/v1/strategies/orderbook_skew/what-if"
BODY = {"parameters": {"buy_threshold": 1.6}}
REPEATS = """
import json, sys
question = json.loads(sys.stdin.readline())
print(json.dumps({"kind": "progress", "done": 0.5, "messages": 7}), flush=True)
print(json.dumps({"kind": "refusal", "sentence": json.dumps(question)}), flush=True)
"""


@pytest.fixture
def ask(nats_server: Server, settings: Any, make_user: Callable[[str], Any]) -> Callable[..., Any]:
    """Lines of an answer, or the error of a refusal, for whoever may view."""
    settings.NATS_URL = nats_url(nats_server.port)
    token = AuthToken.objects.create(make_user("viewer"))[1]

    def ask(body: Any = BODY, path: str = PATH, status: int = 200) -> Any:
        async def asked() -> Any:
            response = await AsyncClient().post(
                path, body, content_type="application/json", headers={"Authorization": f"Token {token}"}
            )
            assert response.status_code == status
            if status != 200:
                return json.loads(response.content)["error"]
            assert response["Content-Type"] == views.LINES
            assert response.streaming
            text = b"".join([part async for part in response])  # type: ignore[attr-defined]
            return [json.loads(line) for line in text.splitlines()]

        return async_to_sync(asked)()

    return ask


@contextmanager
def worker(server: Server) -> Iterator[None]:
    """Somebody who repeats questions, in a thread of its own."""
    loop = asyncio.new_event_loop()
    stop, ready = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with bus.connected(nats_url(server.port), "worker") as connection:
            limits, command = Limits(at_once=1, seconds=30), [sys.executable, "-c", REPEATS]
            running = asyncio.create_task(Worker(connection, "strategies.what_if", limits, command).run(stop))
            await bus.flush(connection)
            ready.set()
            await running

    thread = Thread(target=lambda: loop.run_until_complete(work()))
    thread.start()
    asyncio.run_coroutine_threadsafe(ready.wait(), loop).result(10)
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join(10)
    loop.close()


def test_lines_come_as_the_job_tells_them_and_the_question_is_the_one_that_was_asked(
    ask: Callable[..., Any], nats_server: Server
):
    with worker(nats_server):
        progress, answer = ask(
            BODY | {"replace": True, "from": "2026-11-29T10:00:00Z", "to": "2026-11-29T10:10:00Z"},
            f"{PATH}/btcusdt",
        )
        sweep = {"parameter": "buy_threshold", "values": [1.1, 1.2]}
        _, swept = ask({"sweep": sweep, "minutes": 5})
    assert progress == {"kind": "progress", "done": 0.5, "messages": 7, "is_waiting": False}
    question = json.loads(answer["sentence"])
    assert question == {
        "strategy_id": "orderbook_skew",
        "symbol": "BTCUSDT",
        "parameters": {"buy_threshold": 1.6},
        "replace": True,
        "since": 1795946400.0,
        "until": 1795947000.0,
        "sweep": None,
        "recording": None,
    }
    question = json.loads(swept["sentence"])
    assert question["sweep"] == sweep
    assert question["until"] - question["since"] == pytest.approx(300)


def test_where_no_process_answers_or_nats_is_away_a_sentence_says_so(ask: Callable[..., Any], settings: Any):
    assert ask() == [
        {
            "kind": "refusal",
            "sentence": "No process answers such questions: start `manage.py run_what_if`.",
        }
    ]
    settings.NATS_URL = "nats://127.0.0.1:1"
    assert ask() == [{"kind": "refusal", "sentence": "NATS is away: nobody can be asked."}]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"parameters"}),
        ({"parameters": {}}, {"parameters"}),
        ({"parameters": {"buy_threshold": 16}}, {"buy_threshold"}),
        ({"parameters": {"nothing": 1}}, {"nothing"}),
        (BODY | {"minutes": 0}, {"minutes"}),
        (BODY | {"minutes": -5}, {"minutes"}),
        (BODY | {"minutes": 1e9}, {"minutes"}),
        (BODY | {"minutes": "5"}, {"minutes"}),
        (BODY | {"from": "2026-11-29T10:00:00Z", "to": "2026-11-29T09:00:00Z"}, {"from"}),
        (BODY | {"from": "yesterday"}, {"from"}),
        (BODY | {"sweep": {"parameter": "buy_threshold", "values": []}}, {"sweep"}),
        (
            BODY
            | {"sweep": {"parameter": "buy_threshold", "values": [1 + each / 100 for each in range(21)]}},
            {"sweep"},
        ),
        (BODY | {"sweep": {"parameter": "buy_threshold", "values": [1.1, 99]}}, {"buy_threshold"}),
        (BODY | {"sweep": {"parameter": "nothing", "values": [1]}}, {"nothing"}),
        (BODY | {"minutes": 5, "from": "2026-11-29T10:00:00Z"}, {"minutes"}),
        (BODY | {"from": "2026-11-29T10:00:00"}, {"from"}),
        (BODY | {"to": "2026-11-29"}, {"to"}),
        (BODY | {"sweep": 5}, {"sweep"}),
        (BODY | {"sweep": {}}, {"sweep"}),
        (BODY | {"spam": 5}, {"spam"}),
        (BODY | {"recording": "nowhere.ndjson.gz"}, {"recording"}),
        (BODY | {"recording": ""}, {"recording"}),
        (BODY | {"recording": 5}, {"recording"}),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name_before_anybody_is(
    ask: Callable[..., Any], body: Any, fields: set[str]
):
    error = ask(body, status=400)
    assert error["code"] == "VALIDATION_ERROR"
    assert set(error["details"]["fields"]) == fields


@pytest.mark.parametrize(
    ("sweep", "sentence"),
    [
        ({}, "must name one parameter, got null; must have an array of values, got null"),
        (
            {"parameter": ["buy_threshold"], "values": [1]},
            'must name one parameter, got ["buy_threshold"]',
        ),
        ({"parameter": "buy_threshold", "values": [None]}, "must have values to try, got null"),
        (
            {"parameter": "buy_threshold", "values": [2, 1.5, 2.0]},
            "must have each value once, got 2.0 twice",
        ),
        (
            {"parameter": "buy_threshold", "values": [1.5], "from": 1},
            'takes parameter and values, and no "from"',
        ),
    ],
)
def test_what_is_no_sweep_is_refused_in_our_words(ask: Callable[..., Any], sweep: Any, sentence: str):
    error = ask({"sweep": sweep}, status=400)
    assert "; ".join(error["details"]["fields"]["sweep"]) == sentence


@pytest.mark.parametrize("number", ["1e400", "-Infinity", "NaN"])
def test_numbers_that_are_none_are_refused_as_a_change_to_them_is(
    ask: Callable[..., Any], number: str, caller: Any
):
    parameters = f'{{"buy_threshold": {number}}}'
    sweep = f'{{"parameter": "buy_threshold", "values": [1.5, {number}]}}'
    asked_alone = ask(f'{{"parameters": {parameters}}}', status=400)
    swept = ask(f'{{"sweep": {sweep}}}', status=400)
    changed = caller("manager").post("/strategies/orderbook_skew/config", f'{{"parameters": {parameters}}}')[
        "error"
    ]
    assert asked_alone["details"] == swept["details"] == changed["details"]


def test_there_is_no_such_strategy_or_symbol(ask: Callable[..., Any]):
    assert ask(path="/api/v1/strategies/nothing/what-if", status=404)["code"] == "NOT_FOUND"
    assert ask(path=f"{PATH}/a%20b", status=400)["code"] == "VALIDATION_ERROR"


def test_more_at_a_time_than_may_be_are_refused_and_places_are_given_back(ask: Callable[..., Any]):
    for _ in range(places.AT_ONCE + 2):
        ask()  # one after the other there is always a place
    gc.collect()  # of answers that others have let go of unread
    others = [views._places.of(who) for who in ("one", "another", "a third", "a fourth")]
    taken = [each for each in others for _ in range(places.OF_ONE) if each.acquire(blocking=False)]
    assert len(taken) == places.AT_ONCE
    try:
        error = ask(status=503)
    finally:
        for each in taken:
            each.release()
    assert error["code"] == "TOO_MANY"
    assert error["message"].endswith("try again in a few seconds")


def test_of_one_account_two_are_answered_at_a_time_whatever_tokens_it_has(
    ask: Callable[..., Any], django_user_model: Any
):
    gc.collect()
    own = views._places.of(django_user_model.objects.get().pk)
    assert [own.acquire(blocking=False) for _ in range(places.OF_ONE)] == [True, True]
    try:
        error = ask(status=429)
        assert views._places.of("somebody else").acquire(blocking=False)
        views._places.of("somebody else").release()
    finally:
        own.release()
    assert error["code"] == "THROTTLED"
    assert error["message"].startswith("2 of your questions are under way")
    ask()
    own.release()


def test_who_is_not_known_or_may_not_view_is_refused(client: Client, make_user: Callable[[str], Any]):
    assert client.post(PATH, BODY, content_type="application/json").status_code == 401


@pytest.fixture
def recordings(settings: Any, tmp_path: Path) -> Path:
    """A directory with two recordings, beside one that is not in it."""
    directory = tmp_path / "recordings"
    directory.mkdir()
    settings.WHAT_IF_RECORDINGS = str(directory)
    record(directory, "okx_20261128T130000.000000Z.raw", [(1_000_000, "{}"), (2_500_000, "{}")])
    record(directory, "okx_20261128T140000.000000Z.raw", [(4_000_000, "{}")])
    record(tmp_path, "secret", [(9_000_000, "{}")])
    return directory


def listed(ask_for: Caller) -> list[Any]:
    found: list[Any] = ask_for.get("/what-if/recordings")["data"]
    return sorted(found, key=lambda each: str(each["name"]))


def test_recordings_are_listed_with_how_far_they_reach(caller: Any, recordings: Path, settings: Any):
    record(recordings, "empty", [])
    (recordings / "being_written.ndjson.gz.part").touch()
    (recordings / "of_no_time.ndjson.gz").touch()
    viewer = caller("viewer")
    empty, first, second = listed(viewer)
    sizes = [
        sum(path.stat().st_size for path in recordings.glob(f"{name}*")) for name in ("empty", "okx*T13")
    ]
    assert empty == {"name": "empty.ndjson.gz", "since": None, "until": None, "bytes": sizes[0]}
    assert first == {
        "name": "okx_20261128T130000.000000Z.raw.ndjson.gz", "since": 1.0, "until": 2.5, "bytes": sizes[1],
    }  # fmt: skip
    assert (second["since"], second["until"]) == (4.0, 4.0)
    settings.WHAT_IF_RECORDINGS = ""
    assert listed(viewer) == []
    settings.WHAT_IF_RECORDINGS = str(recordings / "gone")
    assert viewer.get("/what-if/recordings")["error"]["code"] == "RECORDINGS_UNAVAILABLE"


@pytest.mark.parametrize(
    ("body", "span"),
    [({}, EVER), ({"from": "1970-01-01T00:00:02Z", "to": "1970-01-01T00:00:03Z"}, (2.0, 3.0))],
)
def test_a_recording_is_asked_about_by_name_or_several_by_a_pattern(
    ask: Callable[..., Any], nats_server: Server, recordings: Path, body: Any, span: tuple[float, float]
):
    with worker(nats_server):
        for name in ("okx_20261128T130000.000000Z.raw.ndjson.gz", "okx_20261128T1*"):
            *_, answer = ask(BODY | body | {"recording": name})
            question = json.loads(answer["sentence"])
            assert (question["recording"], question["since"], question["until"]) == (name, *span)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.ndjson.gz",
        "/etc/passwd",
        "linked.ndjson.gz",
        "under/deep.ndjson.gz",
        "*.recv_us.gz",
        "okx_20261128T130000.000000Z.raw.recv_us.gz",
        "okx\0",
    ],
)
def test_nothing_else_is_read_than_what_lies_in_the_directory_itself(
    ask: Callable[..., Any], recordings: Path, name: str
):
    for ending in (".ndjson.gz", ".recv_us.gz"):
        (recordings / f"linked{ending}").symlink_to(recordings.parent / f"secret{ending}")
    (recordings / "under").mkdir()
    record(recordings / "under", "deep", [(1, "{}")])
    assert set(ask(BODY | {"recording": name}, status=400)["details"]["fields"]) == {"recording"}


def test_minutes_before_now_are_no_part_of_a_recording(ask: Callable[..., Any], recordings: Path):
    error = ask(BODY | {"recording": "okx*", "minutes": 5}, status=400)
    assert set(error["details"]["fields"]) == {"minutes"}

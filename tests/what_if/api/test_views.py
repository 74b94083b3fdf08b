"""What-ifs over REST: who may ask, what is refused before anybody is asked, and lines as they come."""

import asyncio
import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from knox.models import AuthToken

from messaging import bus
from tests.servers import Server, nats_url
from what_if.api import views
from what_if.jobs import Limits, Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_set")]
PATH = "/api/v1/strategies/orderbook_skew/what-if"
BODY = {"parameters": {"buy_threshold": 1.6}}
REPEATS = """
import json, sys
question = json.load(sys.stdin)
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
        _, swept = ask({"parameters": {}, "sweep": sweep, "minutes": 5})
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
        (BODY | {"sweep": {"parameter": "buy_threshold", "values": [1.1] * 21}}, {"sweep"}),
        (BODY | {"sweep": {"parameter": "buy_threshold", "values": [1.1, 99]}}, {"buy_threshold"}),
        (BODY | {"sweep": {"parameter": "nothing", "values": [1]}}, {"nothing"}),
        (BODY | {"sweep": 5}, {"sweep"}),
        (BODY | {"sweep": {}}, {"sweep"}),
        (BODY | {"spam": 5}, {"spam"}),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name_before_anybody_is(
    ask: Callable[..., Any], body: Any, fields: set[str]
):
    error = ask(body, status=400)
    assert error["code"] == "VALIDATION_ERROR"
    assert set(error["details"]["fields"]) == fields


def test_there_is_no_such_strategy_or_symbol(ask: Callable[..., Any]):
    assert ask(path="/api/v1/strategies/nothing/what-if", status=404)["code"] == "NOT_FOUND"
    assert ask(path=f"{PATH}/a%20b", status=400)["code"] == "VALIDATION_ERROR"


def test_more_at_a_time_than_may_be_are_refused_and_places_are_given_back(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    for _ in range(views.AT_ONCE + 2):
        ask()  # one after the other there is always a place
    gc.collect()  # of answers that others have let go of unread
    taken = [views._places.acquire(blocking=False) for _ in range(views.AT_ONCE)]
    assert all(taken)
    try:
        assert ask(status=503)["code"] == "TOO_MANY"
    finally:
        views._places.release(views.AT_ONCE)


def test_who_is_not_known_or_may_not_view_is_refused(client: Client, make_user: Callable[[str], Any]):
    assert client.post(PATH, BODY, content_type="application/json").status_code == 401

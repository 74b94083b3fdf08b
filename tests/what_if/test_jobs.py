"""Jobs on a real NATS: one process each, told line by line, ended when nobody waits, refused in a sentence."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import msgspec
import psutil
import pytest
from asgiref.sync import async_to_sync
from nats.aio.client import Client

from journal import stream
from journal.jetstream import answered
from messaging import bus
from tests.servers import ROOT, Server, manage, nats_url
from what_if import jobs
from what_if.domain.answer import Line, Progress, Refusal
from what_if.domain.question import EVER, Question
from what_if.jobs import BUSY, DIED, NOBODY, SILENT, Limits, Worker, asked, too_long

TOPIC = "test.what_if"
QUESTION = Question(strategy_id="orderbook_skew", symbol=None, parameters={}, since=0, until=1)
GENEROUS = Limits(at_once=1, seconds=30)
ANSWERS = """
import json, sys
question = json.loads(sys.stdin.readline())
for done in (0.5, 1.0):
    print(json.dumps({"kind": "progress", "done": done, "messages": 7}), flush=True)
print(json.dumps({"kind": "refusal", "sentence": "About " + question["strategy_id"]}), flush=True)
"""
DIES = "import os, sys; sys.stdin.readline(); os.kill(os.getpid(), 9)"
HANGS = """
import json, pathlib, os, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
print(json.dumps({"kind": "progress", "done": 0.1, "messages": 1}), flush=True)
time.sleep(600)
"""


def program(text: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", text, *arguments]


@asynccontextmanager
async def working(
    server: Server, command: Sequence[str], limits: Limits = GENEROUS
) -> AsyncIterator[tuple[Client, asyncio.Event]]:
    """A client beside a worker; its event ends the worker."""
    async with bus.connected(nats_url(server.port), "worker") as connection:
        stop = asyncio.Event()
        worker = asyncio.create_task(Worker(connection, TOPIC, limits, command).run(stop))
        async with bus.connected(nats_url(server.port), "client") as client:
            await connection.flush()
            yield client, stop
        stop.set()
        await worker


async def lines(client: Client) -> list[Line]:
    async with aclosing(asked(client, TOPIC, QUESTION)) as answers:
        return [line async for line in answers]


async def until(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.02)


def run(work: Callable[[], Any]) -> Any:
    return async_to_sync(work)()


def test_what_a_job_tells_comes_line_by_line_and_ends_with_its_answer(nats_server: Server):
    async def work() -> list[Line]:
        async with working(nats_server, program(ANSWERS)) as (client, _):
            return await lines(client)

    assert run(work) == [
        Progress(done=0.5, messages=7),
        Progress(done=1.0, messages=7),
        Refusal(sentence="About orderbook_skew"),
    ]


def test_where_nobody_takes_jobs_that_is_said_at_once(nats_server: Server):
    async def work() -> list[Line]:
        async with bus.connected(nats_url(nats_server.port), "client") as client:
            return await lines(client)

    assert run(work) == [Refusal(sentence=NOBODY)]


def test_a_job_that_dies_is_told(nats_server: Server):
    async def work() -> list[Line]:
        async with working(nats_server, program(DIES)) as (client, _):
            return await lines(client)

    assert run(work) == [Refusal(sentence=DIED)]


def test_who_leaves_ends_the_job(nats_server: Server, tmp_path: Path):
    noted = tmp_path / "pid"

    async def work() -> None:
        async with working(nats_server, program(HANGS, str(noted))) as (client, _):
            async with aclosing(asked(client, TOPIC, QUESTION)) as answers:
                await anext(answers)
            await until(lambda: not psutil.pid_exists(int(noted.read_text())))

    run(work)


def test_of_a_job_that_is_silent_for_long_is_told_that_it_goes_on(
    nats_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "TELL_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(jobs, "LEAVE_SECONDS", 0.1)
    monkeypatch.setattr(jobs, "SILENCE_SECONDS", 1.0)

    async def work() -> list[Line]:
        limits = Limits(at_once=1, seconds=2)
        async with working(nats_server, program(HANGS, str(tmp_path / "pid")), limits) as (client, _):
            return await lines(client)

    *progress, last = run(work)
    assert last == Refusal(sentence=too_long(2))
    assert progress.count(Progress(done=0.1, messages=1)) > 5


def test_a_job_that_takes_too_long_is_ended_and_told(nats_server: Server, tmp_path: Path):
    noted = tmp_path / "pid"

    async def work() -> list[Line]:
        limits = Limits(at_once=1, seconds=0.5)
        async with working(nats_server, program(HANGS, str(noted)), limits) as (client, _):
            return await lines(client)

    assert run(work)[-1] == Refusal(sentence=too_long(0.5))
    assert not psutil.pid_exists(int(noted.read_text()))


def test_more_than_may_wait_are_refused_and_those_who_wait_are_told_so(
    nats_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "MOST_WAITING", 1)
    monkeypatch.setattr(jobs, "TELL_SECONDS", 0.05)

    async def work() -> None:
        async with (
            working(nats_server, program(HANGS, str(tmp_path / "pid"))) as (client, _),
            aclosing(asked(client, TOPIC, QUESTION)) as first,
            aclosing(asked(client, TOPIC, QUESTION)) as second,
            aclosing(asked(client, TOPIC, QUESTION)) as third,
        ):
            assert await anext(first) == Progress(done=0.1, messages=1)
            assert await anext(second) == Progress(done=0.0, messages=0, is_waiting=True)
            assert await anext(third) == Refusal(sentence=BUSY)
            await first.aclose()
            while (line := await anext(second)) == Progress(done=0.0, messages=0, is_waiting=True):
                pass
            assert line == Progress(done=0.1, messages=1)

    run(work)


def test_a_worker_that_stops_tells_who_waits_and_takes_its_job_along(nats_server: Server, tmp_path: Path):
    noted = tmp_path / "pid"

    async def work() -> list[Line]:
        async with (
            working(nats_server, program(HANGS, str(noted))) as (client, stop),
            aclosing(asked(client, TOPIC, QUESTION)) as answers,
        ):
            await anext(answers)
            stop.set()
            return [line async for line in answers]

    assert run(work) == [Refusal(sentence=SILENT)]
    assert not psutil.pid_exists(int(noted.read_text()))


def test_who_has_heard_nothing_for_too_long_gives_up(nats_server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "SILENCE_SECONDS", 0.2)

    async def work() -> list[Line]:
        async with bus.connected(nats_url(nats_server.port), "client") as client:
            await client.subscribe(f"{TOPIC}.jobs")  # somebody who hears, and does nothing
            await client.flush()
            return await lines(client)

    assert run(work) == [Refusal(sentence=SILENT)]


def test_the_command_itself_answers__here_that_there_is_no_journal(
    nats_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NATS_URL", nats_url(nats_server.port))
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "of-a-test-and-at-least-fifty-characters-long-as-it-has-to-be")

    async def work() -> list[Line]:
        async with working(nats_server, jobs.COMMAND) as (client, _):
            return await lines(client)

    [line] = run(work)
    assert isinstance(line, Refusal)
    assert "journal" in line.sentence


READS_THE_JOURNAL = """
import asyncio, json, sys
from contextlib import aclosing
import django
django.setup()
from django.conf import settings
from journal import stream
from messaging.bus import reached
from what_if.jobs import read_question

async def work():
    async with (
        reached(settings.NATS_URL, "job") as connection, aclosing(stream.read(connection, 0, 1e10)) as batches
    ):
        async for batch in batches:
            print(json.dumps({"kind": "progress", "done": 0.1, "messages": len(batch)}), flush=True)
            await asyncio.sleep(600)

read_question(sys.stdin.buffer)
asyncio.run(work())
"""
WORKS = """
import asyncio, sys
from messaging import bus
from what_if.jobs import Limits, Worker

async def work():
    async with bus.connected(sys.argv[1], "worker") as connection:
        await Worker(connection, sys.argv[2], Limits(at_once=1, seconds=30), sys.argv[3:]).run(asyncio.Event())

asyncio.run(work())
"""


async def killed_while_it_works(
    client: Client, question: Question, worker: Popen[Any], monkeypatch: pytest.MonkeyPatch
) -> Line:
    """What is told last where the worker is killed as soon as its job has told something; that one is gone then."""
    job: list[psutil.Process] = []
    last: Line = Refusal(sentence=NOBODY)
    while last == Refusal(sentence=NOBODY):  # until it has come to take questions
        await asyncio.sleep(0.05)
        async with aclosing(asked(client, TOPIC, question)) as answers:
            async for last in answers:
                if isinstance(last, Progress) and not job:
                    job = psutil.Process(worker.pid).children()
                    worker.kill()
                    worker.wait()
                    monkeypatch.setattr(jobs, "SILENCE_SECONDS", 1.0)
    assert job
    await until(lambda: not any(map(is_at_work, job)))
    return last


def is_at_work(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_of_a_worker_that_is_killed_nothing_stays_in_nats_and_its_job_ends(
    nats_server: Server, monkeypatch: pytest.MonkeyPatch, settings: Any
):
    monkeypatch.setenv("NATS_URL", nats_url(nats_server.port))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "realtime.settings")
    settings.NATS_CONSUMER_TOPIC = settings.NATS_STRATEGIES_TOPIC = ["market.test"]
    works = program(WORKS, nats_url(nats_server.port), TOPIC, *program(READS_THE_JOURNAL))

    async def work() -> None:
        async with bus.connected(nats_url(nats_server.port), "client") as client:
            await stream.keep(client, stream.wanted())
            await client.publish("market.test", b"{}")
            worker = Popen(works, cwd=ROOT)
            try:
                told = await killed_while_it_works(client, QUESTION, worker, monkeypatch)
            finally:
                worker.kill()
                worker.wait()
            assert told == Refusal(sentence=SILENT)
            held = await answered(client, f"STREAM.INFO.{settings.JOURNAL_STREAM}", {}, dict[str, Any])
            assert held["state"]["consumer_count"] == 0
            assert await lines(client) == [Refusal(sentence=NOBODY)]

    run(work)


def test_so_it_is_of_the_commands_themselves(
    nats_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    example = ROOT / "examples" / "binance_spot_btc_eth"
    for ending in (".ndjson.gz", ".recv_us.gz"):
        shutil.copy(f"{example}{ending}", tmp_path)
    environment = {
        "NATS_URL": nats_url(nats_server.port),
        "NATS_TOPIC_WHAT_IF": TOPIC,
        "WHAT_IF_RECORDINGS": str(tmp_path),
        "STATE_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
    }
    since, until = EVER
    question = msgspec.structs.replace(QUESTION, since=since, until=until, recording=f"{example.name}*")

    async def work() -> Line:
        async with bus.connected(nats_url(nats_server.port), "client") as client:
            with manage("run_what_if", **environment) as worker:
                return await killed_while_it_works(client, question, worker, monkeypatch)

    with manage("migrate", "-v0", **environment) as migrate:
        assert migrate.wait(60) == 0
    assert run(work) == Refusal(sentence=SILENT)

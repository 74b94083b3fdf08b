"""Questions as jobs on NATS: any number of processes take them, one each, and answer line by line.

A job is a process of its own: it may take its time and memory, and no more, and is ended where nobody waits for it. Its
input stays open for as long as the process that started it: that may be killed, and could end nothing any more.
"""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from threading import Thread
from typing import BinaryIO
from uuid import uuid4

import msgspec
from django.conf import settings
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError

from messaging.bus import NOT_REACHED
from what_if.domain.answer import Line, Progress, Refusal
from what_if.domain.question import Question

QUEUE = "what-if"
MOST_WAITING = 8
"""Jobs that wait in one process; more are refused."""
TELL_SECONDS = 1.0
"""Who waits is told so as often."""
TELL_AGAIN_SECONDS = 5.0
"""After so long who asks is told again how far it has come."""
SILENCE_SECONDS = 15.0
"""Whoever has told nothing for so long is gone."""
LEAVE_SECONDS = 1.0
"""A job that nobody waits for has so long to leave nothing behind in NATS."""
LONGEST_LINE = 8 * 1024 * 1024
COMMAND = [sys.executable, str(settings.BASE_DIR / "manage.py"), "what_if", "--job"]

_line = msgspec.json.Decoder(Line).decode
NOBODY = "No process answers such questions: start `manage.py run_what_if`."
SILENT = "The process that worked on it fell silent; ask again."
BUSY = "As many questions wait as may: ask again when one of them is answered."
DIED = "Its process was ended from outside before it had an answer: ask again."
FAILED = "Its process failed before it had an answer, and what `run_what_if` logs says why."
FROM_OUTSIDE = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT})
"""How a process ends that somebody else has ended, or the system: one that is short of memory says so itself."""


def too_long(seconds: float) -> str:
    """Why a job was ended."""
    return f"It took longer than {seconds:.0f} s, and was ended: ask about a shorter span, or one symbol."


class Limits(msgspec.Struct, frozen=True):
    """How many jobs at once, and how long each may take."""

    at_once: int
    seconds: float


class Worker:
    """Takes jobs from the queue of `topic` until `stop`."""

    def __init__(
        self, connection: Client, topic: str, limits: Limits, command: Sequence[str] = COMMAND
    ) -> None:
        self._connection, self._topic, self._limits, self._command = connection, topic, limits, command
        self._places = asyncio.Semaphore(limits.at_once)
        self._jobs: dict[str, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Who waits for what is under way at the end is told so."""
        await self._connection.subscribe(f"{self._topic}.jobs", queue=QUEUE, cb=self._take)
        await self._connection.subscribe(f"{self._topic}.cancel", cb=self._cancel)
        await stop.wait()
        jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    async def _take(self, message: Msg) -> None:
        if not message.reply:
            return
        if len(self._jobs) >= self._limits.at_once + MOST_WAITING:
            await self._tell(message.reply, msgspec.json.encode(Refusal(sentence=BUSY)))
            return
        job = asyncio.create_task(self._work(message.data, message.reply))
        self._jobs[message.reply] = job
        job.add_done_callback(lambda _: self._jobs.pop(message.reply, None))

    async def _cancel(self, message: Msg) -> None:
        if job := self._jobs.get(message.data.decode(errors="replace")):
            job.cancel()

    async def _work(self, question: bytes, reply: str) -> None:
        try:
            await self._wait_for_a_place(reply)
            try:
                async with asyncio.timeout(self._limits.seconds):
                    await self._relay(question, reply)
            except TimeoutError:
                await self._refuse(reply, too_long(self._limits.seconds))
            finally:
                self._places.release()
        except asyncio.CancelledError:
            with suppress(*NOT_REACHED):
                await self._refuse(reply, SILENT)
            raise

    async def _wait_for_a_place(self, reply: str) -> None:
        while True:
            try:
                async with asyncio.timeout(TELL_SECONDS):
                    await self._places.acquire()
                return
            except TimeoutError:
                waits = Progress(done=0.0, messages=0, is_waiting=True)
                await self._tell(reply, msgspec.json.encode(waits))

    async def _relay(self, question: bytes, reply: str) -> None:
        last = msgspec.json.encode(Progress(done=0.0, messages=0))
        async with _working(self._command, question) as process:
            assert process.stdout  # noqa: S101 - it is a pipe
            while line := await self._told(process.stdout, reply, last):
                last = line.strip()
                await self._tell(reply, last)
        if isinstance(_line(last), Progress):
            await self._refuse(reply, DIED if process.returncode in FROM_OUTSIDE else FAILED)

    async def _told(self, output: asyncio.StreamReader, reply: str, last: bytes) -> bytes:
        """The next line of a job, none at its end. A job may be silent for long, as where it looks for the beginning of
        its span: who asks hears its last line again, and knows that it goes on."""
        while True:
            try:
                async with asyncio.timeout(TELL_AGAIN_SECONDS):
                    return await output.readline()
            except TimeoutError:
                await self._tell(reply, last)

    async def _refuse(self, reply: str, sentence: str) -> None:
        await self._tell(reply, msgspec.json.encode(Refusal(sentence=sentence)))

    async def _tell(self, reply: str, line: bytes) -> None:
        await self._connection.publish(reply, line)


@asynccontextmanager
async def _working(command: Sequence[str], question: bytes) -> AsyncGenerator[Process]:
    """A process that answers; it does not outlive the block."""
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE)
    try:
        assert process.stdin  # noqa: S101 - it is a pipe
        process.stdin.write(question + b"\n")
        yield process
        await process.wait()
    finally:
        if process.returncode is None:
            await _end(process)


async def _end(process: Process) -> None:
    """It is left to tidy up, and killed where that takes long."""
    assert process.stdin  # noqa: S101 - it is a pipe
    process.stdin.close()
    try:
        async with asyncio.timeout(LEAVE_SECONDS):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def read_question(pipe: BinaryIO) -> Question:
    """What a job is asked, the first line of its input. It ends with whoever asked: once the input ends, what is under
    way is interrupted, as by Ctrl-C, and what is not over soon after that is over at once."""
    question = msgspec.json.decode(pipe.readline(), type=Question)
    Thread(target=_end_with, args=(pipe.fileno(),), daemon=True).start()
    return question


def _end_with(pipe: int) -> None:
    while os.read(pipe, 1):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(LEAVE_SECONDS)
    os._exit(1)


async def asked(connection: Client, topic: str, question: Question) -> AsyncGenerator[Line]:
    """What comes of a question that is put on the queue; who leaves early within `aclosing` ends the job."""
    reply = f"{topic}.answers.{uuid4().hex}"  # nobody else need hear it, or may answer other questions
    answers = await connection.subscribe(reply)
    is_over = False
    try:
        await connection.publish(f"{topic}.jobs", msgspec.json.encode(question), reply=reply)
        while not is_over:
            line = await _next(answers.next_msg(timeout=SILENCE_SECONDS))
            is_over = not isinstance(line, Progress)
            yield line
    finally:
        await answers.unsubscribe()
        if not is_over:
            await connection.publish(f"{topic}.cancel", reply.encode())
            await connection.flush()


async def _next(waiting: Awaitable[Msg]) -> Line:
    try:
        message = await waiting
    except NatsTimeoutError:
        return Refusal(sentence=SILENT)
    if not message.data:  # NATS's own word: there is nobody
        return Refusal(sentence=NOBODY)
    return _line(message.data)

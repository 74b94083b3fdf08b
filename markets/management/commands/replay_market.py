"""`manage.py replay_market`: recorded markets on NATS, at the recorded pace or faster, as if they happened now."""

import asyncio
import math
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from markets.management.publishing import destination
from markets.recording.reading import Arrival, Recording, RecordingError, merged
from markets.simulation.listings import VENUE
from markets.simulation.moving import moved
from markets.simulation.pacing import Pacer
from markets.simulation.subjects import BadSubject, kind_of, subject_for
from messaging import bus
from messaging.stopping import run_until_stopped
from metrics.feed.origins import REPLAYED, SIMULATED
from metrics.store.reader import get_reader
from metrics.store.reports import FeedReport
from symbols import capitals

FLUSH_EVERY = 256
INVENTED = b',"origin":"%b"}' % SIMULATED.encode()
SHORTEST_WAIT_SECONDS = 0.001  # what is due sooner than this is sent now

Rendering = Callable[[Arrival], bytes]
"""The bytes that are published of a recorded frame, asked for when they are."""


class Command(BaseCommand):
    help = (
        "Publish recorded markets to NATS, several files merged in order of arrival. Their times are moved to now, "
        "so that each frame is as late as it was when it was recorded."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, help="NAME.ndjson.gz, NAME.recv_us.gz beside it")
        parser.add_argument(
            "--speed", type=_speed, default=1.0, help="1 as recorded (default), 10 ten times as fast, max"
        )
        parser.add_argument(
            "--limit",
            type=_limit,
            default=math.inf,
            help="frames a second at most (default as NATS takes them)",
        )
        parser.add_argument(
            "--loop",
            action="store_true",
            help="begin again at the end, after a pause: its ids are then news again",
        )
        parser.add_argument(
            "--keep-times",
            action="store_true",
            help="publish every byte as it was recorded; feeds may refuse events that old",
        )
        parser.add_argument("--subject", default=settings.NATS_CONSUMER_TOPIC[0], help="default %(default)s")

    def handle(self, *_: Any, **options: Any) -> None:
        self.published = 0
        try:
            subject_for(options["subject"], "depth", "BTCUSDT")
            recordings = [Recording(path) for path in options["files"]]
            self.stdout.write(f"Publishing to {destination(options['subject'])}.")
            run_until_stopped(self._run(recordings, options))
        except (RecordingError, BadSubject) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Published {self.published:,} frames.")

    async def _run(self, recordings: list[Recording], options: dict[str, Any]) -> None:
        rendering = as_recorded if options["keep_times"] else moved_to(now_us)
        async with bus.connected(settings.NATS_URL, "replay") as client:
            with _progress_bar() as bar:
                task = bar.add_task("", total=sum(recording.size for recording in recordings), frames=0)

                async def publish(arrival: Arrival) -> None:
                    if self.published % FLUSH_EVERY == 0 or not client.is_connected:
                        bar.update(task, completed=_read(recordings), frames=self.published)
                    frame = rendering(arrival)  # not before: NATS may have been away for long
                    await client.publish(_subject(options["subject"], arrival.place, frame), frame)
                    self.published += 1

                silence = (
                    settings.STALE_AFTER_SECONDS + 1
                )  # without one what comes again are copies, and no news
                await self._wait(silence_left(_feeds(), time.time(), silence))
                await replay(merged(recordings), publish, options["speed"], options["limit"])
                while options["loop"]:
                    await asyncio.sleep(silence)
                    await replay(merged(recordings), publish, options["speed"], options["limit"])
                bar.update(task, completed=bar.tasks[task].total, frames=self.published)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self.stdout.write(
                f"A feed has just heard a recording: beginning in {math.ceil(seconds)} s, when the same is news again."
            )
            await asyncio.sleep(seconds)


def silence_left(feeds: Iterable[FeedReport], now: float, silence: float) -> float:
    """Seconds until `silence` will have passed since a feed heard a message, as far as it has heard replayed ones.

    Not more than `silence`: where something else is heard all the time, there is none.
    """
    heard = [feed.last_message_at or 0.0 for feed in feeds if REPLAYED in feed.origins]
    return min(max(heard, default=0.0) + silence - now, silence)


def _feeds() -> list[FeedReport]:
    """What the feeds last reported; nothing where there is no store, as where a recording is only listened to."""
    try:
        return get_reader().feeds()
    except redis.RedisError:
        return []


def now_us() -> int:
    return time.time_ns() // 1_000


def as_recorded(arrival: Arrival) -> bytes:
    return arrival.frame


def moved_to(clock_us: Callable[[], int]) -> Rendering:
    """Frames whose times lie as far from now as they lay from their arrival, and that are marked as replayed."""
    return lambda arrival: marked(moved(arrival.frame, clock_us() - arrival.at_us))


def marked(frame: bytes) -> bytes:
    """With its origin as the last key; as it is where it is no JSON object that has any, or was invented before."""
    if not frame.endswith(b"}") or frame == b"{}" or frame.endswith(INVENTED):
        return frame
    return b'%b,"origin":"%b"}' % (frame[:-1], REPLAYED.encode())


async def replay(
    arrivals: Iterable[Arrival],
    publish: Callable[[Arrival], Awaitable[None]],
    speed: float = 1.0,
    limit: float = math.inf,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Publish frames when they are due: at `speed` times the recorded pace, `limit` a second at most."""
    pacer = Pacer(clock())
    first_us: int | None = None
    due = 0.0
    for arrival in arrivals:
        first_us = arrival.at_us if first_us is None else first_us
        due = max((arrival.at_us - first_us) / 1e6 / speed, due + 1 / limit)
        wait = pacer.wait(due, clock())
        if wait >= SHORTEST_WAIT_SECONDS:
            await sleep(wait)
        await publish(arrival)


class _Envelope(msgspec.Struct):
    stream: str


def _subject(pattern: str, place: str, frame: bytes) -> str:
    """The subject of a recorded frame; frames are looked into only where the pattern asks for it."""
    if "*" not in pattern:
        return pattern
    try:
        symbol, _, kind = msgspec.json.decode(frame, type=_Envelope).stream.partition("@")
    except msgspec.DecodeError as error:
        raise RecordingError(f"A recorded line is no stream frame ({error}): {frame[:80]!r}") from error
    return subject_for(pattern, kind_of(kind), capitals(symbol), place or VENUE)


def _read(recordings: list[Recording]) -> int:
    return sum(recording.read for recording in recordings)


def _progress_bar() -> Progress:
    return Progress(
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[frames]:,} frames"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )


def _limit(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise ArgumentTypeError("must be above 0")
    return value


def _speed(text: str) -> float:
    value = math.inf if text == "max" else float(text)
    if not value > 0:
        raise ArgumentTypeError("must be above 0, or max")
    return value

"""One reader, fresh, takes prepared frames from NATS."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.bench.cores import Cores, on, staying_on
from tests.bench.load import Publisher
from tests.bench.servers import ROOT, running

Publish = Callable[[Publisher, list[bytes]], None]


class Reading(NamedTuple):
    """How it went: messages a second, processor microseconds a message, and what the reader itself prints."""

    rate: float
    cpu_us: float
    printed: dict[str, float]


def read(
    kind: str,
    frames: list[bytes],
    environment: dict[str, str],
    cores: Cores,
    *arguments: str,
    publish: Publish = Publisher.flat_out,
    tree: Path = ROOT,
) -> Reading:
    """Start a reader (see consumer.py), that of `tree`, on its core and publish the frames to it."""
    command = on(
        cores.reader, [sys.executable, "-m", "tests.bench.consumer", kind, str(len(frames)), *arguments]
    )
    with (
        staying_on(cores.publisher),
        running(command, cwd=tree, env=environment, stdout=subprocess.PIPE, text=True) as reader,
    ):
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        publisher = Publisher(environment["NATS_URL"], reader.pid)
        publish(publisher, frames)
        printed = json.loads(reader.stdout.readline())
        publisher.close()
    assert printed["messages"] == len(frames), printed
    assert not printed.get("refused"), printed
    return Reading(len(frames) / printed["wall"], 1e6 * printed["cpu"] / len(frames), printed)

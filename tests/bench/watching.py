"""What judging rules costs: the share of a core that `watch_alerts` uses, of itself and while much fires."""

import subprocess
import time

import httpx

from alerts.domain.watched.markets import OF_BOOKS
from tests.bench.page import table
from tests.bench.processes import cpu_seconds
from tests.bench.servers import ROOT, manage, running, servers, stack

SYMBOLS, RATE, RULES = 500, 4.0, 20
WARM_UP_SECONDS = 10.0
SCOPES = ("alerts", "rules", "channels")
NEVER = {"comparison": "above", "for_seconds": 86_400, "reason": "measured"}
"""A rule whose alerts never fire: it would have to hold for a day."""
LIVES = {"name": "Lives", "watch": "is_live", "comparison": "above", "threshold": 0.5, "reason": "measured"}
"""One that fires for every symbol."""


class Maker:
    """Makes rules and channels over REST, and returns their ids."""

    def __init__(self, base: str, token: str) -> None:
        self.headers = {"Authorization": f"Token {token}"}
        self._url = f"{base}/api/v1/alerts"

    def __call__(self, what: str, **contents: object) -> int:
        body = {"reason": "measured", **contents}
        answer = httpx.post(f"{self._url}/{what}", json=body, headers=self.headers, timeout=20)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["data"]["id"])

    def get(self, what: str) -> list[dict[str, object]]:
        """What there is of it."""
        found: list[dict[str, object]] = httpx.get(f"{self._url}/{what}", headers=self.headers).json()["data"]
        return found


def maker(base: str, environment: dict[str, str]) -> Maker:
    """With a token of its own."""
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    create = manage("create_token", "measuring", "--new", *scopes)
    return Maker(base, subprocess.check_output(create, cwd=ROOT, env=environment, text=True).split()[-1])


def section(short: bool) -> str:
    """While nothing fires, and while one rule fires for every symbol."""
    calm, busy, with_books = shares(5.0 if short else 60.0)
    rows = [
        ("nothing fires", f"{calm:.1%}"),
        (f"{SYMBOLS} alerts fire", f"{busy:.1%}"),
        ("and one more rule is about order flow", f"{with_books:.1%}"),
    ]
    return f"""Of a core, while `watch_alerts` judges {RULES} rules about each of {SYMBOLS} symbols four times a second,
each of which has {RATE:.0f} books a second: {SYMBOLS * RULES:,} pairs of rule and market. The aim is less than 5 %.
Order flow and trades stand in books, which are read once a second where a rule is about them.

{table(("", "processor"), rows)}"""


def shares(seconds: float) -> tuple[float, float, float]:
    """Parts of a core: while nothing fires, while every symbol does by one more rule, and while books are read too."""
    with servers() as environment, stack(environment, SYMBOLS, RATE) as (base, _):
        make = maker(base, environment)
        of_markets = [each for each in make.get("watched") if each["unit"] and each["of"] == "market"]
        figures = [each for each in of_markets if each["name"] not in OF_BOOKS]
        for number in range(RULES):
            watched = figures[number % len(figures)]
            make("rules", name=f"{number}", watch=watched["name"], threshold=watched["example"], **NEVER)
        with running(manage("watch_alerts"), env=environment) as process:
            calm = share(process.pid, seconds)
            make("rules", **LIVES)
            busy = share(process.pid, seconds)
            make("rules", name="Flow", watch="ofi_10s", threshold=1, **NEVER)
            return calm, busy, share(process.pid, seconds)


def share(pid: int, seconds: float) -> float:
    """Part of a core that a process uses, once it is warm."""
    time.sleep(WARM_UP_SECONDS)
    before, began = cpu_seconds(pid), time.perf_counter()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.perf_counter() - began)

"""What the overview shows while a part behind it is in trouble: the table in docs/operations.md comes from here.

    python -m tests.browser.troubles [--only PART] [--seconds 10]

One page stays open in Chromium through all of it, and is read twenty times a second. It is right again when all
numbers are live and move and nothing is reported any more. The disks that fill are mounted, which takes root.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from realtime.stack.servers import LOCALHOST
from tests import servers
from tests.browser.chromium import chromium
from tests.browser.reading import LIVE
from tests.messaging.guarded import Guarded
from tests.servers import Server, redis_url, running, until, valkey, web

SYMBOLS = 6  # of the simulated market, whose seventh would fall silent by itself
CALM_SECONDS = 15  # longer than the page waits for anybody: what is right for so long stays so
PATIENCE_SECONDS = 90
DISK_SIZE = "256m"
HEAD = "| trouble | numbers stood still | rows stale | pill and notice show | tile Feed shows | right again |"
RECORD = """() => {
  const text = (query) => document.querySelector(query).textContent.trim();
  let before = "";
  window.looks = [];
  const record = () => {
    const look = [
      text(".connection-text"),
      document.getElementById("notice").hidden ? "" : text(".notice-text"),
      text("#feed-state"),
      document.documentElement.dataset.freshness === "fresh",
      document.querySelectorAll("#rows tr[data-state=live]").length,
      [...document.querySelectorAll("#rows [data-cell=mid_price]")].map((cell) => cell.textContent).join(" "),
    ];
    const now = JSON.stringify(look);
    if (now !== before) window.looks.push([Date.now() / 1000, ...look]);
    before = now;
  };
  record();
  setInterval(record, 50);
}"""


class Look(NamedTuple):
    """What stands on the page from `at` on, in seconds since the epoch, until the next look."""

    at: float
    pill: str
    notice: str
    tile: str
    is_fresh: bool
    live: int
    numbers: str

    @property
    def is_right(self) -> bool:
        return not self.words and self.tile == "Live" and self.is_fresh and self.live == SYMBOLS

    @property
    def words(self) -> str:
        """What the reader is shown by pill and notice, without its moments; empty where that is that all is well."""
        pill = "" if LIVE.match(self.pill) else f"`{self.pill}`"
        words = " ".join(filter(None, (pill, self.notice)))
        return re.sub(r"\d\d:\d\d:\d\d UTC|(?<=in )\d+(?= s)", "…", words)


# -- What is real ------------------------------------------------------------------------------


def rules(password: str) -> str:
    """NATS lets in whoever brings the market, and the product with this password."""
    users = [{"user": "market", "password": "market"}, {"user": "desk", "password": password}]
    return f"authorization: {json.dumps({'users': users})}\n"


class Product:
    """Each part a process of its own; database and `STATE_DIR` stand on one small disk, Valkey's file on another."""

    def __init__(self, directory: Path) -> None:
        self.logs = directory / "logs"
        self.state, self.store = directory / "state", directory / "valkey"
        for each in (self.logs, self.state, self.store):
            each.mkdir()
        self.nats = Guarded(directory / "nats.conf", rules("desk"))
        valkey_server = valkey(self.store)
        self.environment = {
            "SECRET_KEY": "a key for this program only, long enough to pass every check 0123456789",
            "HTTPS": "false",
            "WHITENOISE_USE_FINDERS": "true",
            "PYTHONWARNINGS": "ignore:No directory at:UserWarning",
            "STATE_DIR": str(self.state),
            "NATS_URL": self.nats.url("desk:desk"),
            "REDIS_URL": redis_url(valkey_server.port),
            "DATABASE_URL": f"sqlite:///{self.state / 'db.sqlite3'}",
        }
        self.parts = {
            "NATS": self.nats.server,
            "Valkey": valkey_server,
            "feed": self.command("consume_depth"),
            "web process": web(self.logs / "serve_web", self.environment),
        }
        login = self.nats.url("market:market")
        self.market = self.command(
            "simulate_market", "--symbols", str(SYMBOLS), "--seed", "7", NATS_URL=login
        )

    @property
    def url(self) -> str:
        return f"http://{LOCALHOST}:{self.parts['web process'].port}"

    def command(self, name: str, *words: str, **environment: str) -> Server:
        return servers.command(name, *words, log=self.logs / name, environment=self.environment | environment)


@contextmanager
def between(begin: Callable[[], object], end: Callable[[], object]) -> Iterator[None]:
    begin()
    try:
        yield
    finally:
        end()


def small(disk: Path) -> AbstractContextManager[None]:
    """A directory that is a disk of its own for the time of the block."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE}", "none", str(disk)]
    umount = ["umount", "-l", str(disk)]
    return between(lambda: subprocess.run(mount, check=True), lambda: subprocess.run(umount, check=True))


@contextmanager
def standing() -> Iterator[Product]:
    with ExitStack() as stack:
        product = Product(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        for disk in (product.state, product.store):
            stack.enter_context(small(disk))
        migration = product.command("migrate", "-v0")
        migration.start()
        assert migration.wait() == 0
        for server in (*product.parts.values(), product.market):
            stack.enter_context(running(server))
        yield product


# -- The troubles, each of which lasts for its block -------------------------------------------


def full(disk: Path) -> AbstractContextManager[None]:
    filler = disk / "filler"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))  # the last one as far as it goes

    return between(fill, filler.unlink)


def troubles(product: Product) -> dict[str, AbstractContextManager[None]]:
    parts = product.parts.items()
    return {
        **{f"{name} killed": between(server.kill, server.start) for name, server in parts},
        **{f"{name} frozen": between(server.freeze, server.thaw) for name, server in parts},
        "disk of database and `STATE_DIR` full": full(product.state),
        "disk of Valkey full": full(product.store),
        "NATS password changed": between(
            lambda: product.nats.now(rules("another")), lambda: product.nats.now(rules("desk"))
        ),
    }


# -- What came of it ---------------------------------------------------------------------------


class Watched(NamedTuple):
    """The looks at one trouble, and when it began and ended, in seconds since the epoch."""

    looks: list[Look]
    began: float
    ended: float

    @property
    def moved(self) -> list[float]:
        """When numbers changed."""
        return [after.at for before, after in pairwise(self.looks) if after.numbers != before.numbers]

    @property
    def right_at(self) -> float | None:
        """When numbers moved after the trouble's end and the last wrong look; None where they have not."""
        if not self.looks or not self.looks[-1].is_right:
            return None
        wrong = [after.at for before, after in pairwise(self.looks) if not before.is_right]
        return next((at for at in self.moved if at >= max(self.ended, *wrong, 0)), None)

    def row(self, name: str) -> str:
        right_at = self.right_at
        watched_until = right_at or time.time()
        moved = [at for at in self.moved if self.began < at < watched_until]
        looks = [look for look in self.looks if look.at > self.began]
        stale = [look.at - self.began for look in looks if look.live < SYMBOLS]
        cells = [
            name,
            f"{max(after - before for before, after in pairwise([self.began, *moved, watched_until])):.1f} s",
            f"{stale[0]:.1f} s" if stale else "never",
            self._listed([(look.at, look.words) for look in looks]),
            self._listed([(look.at, look.tile) for look in looks if look.tile != "Live"]),
            f"{right_at - self.ended:.1f} s" if right_at else f"not within {PATIENCE_SECONDS} s",
        ]
        return f"| {' | '.join(cells)} |"

    def _listed(self, reported: list[tuple[float, str]]) -> str:
        """Each thing once, with the seconds after which it was shown first."""
        first: dict[str, float] = {}
        for at, words in reported:
            first.setdefault(words, at - self.began)
        return "; ".join(f"{at:.1f} s {words}" for words, at in first.items() if words) or "nothing"


def watched(page: Page, trouble: AbstractContextManager[None], seconds: float) -> Watched:
    """Watch a trouble and its end, until the page has been right for a while or patience is over."""
    with trouble:
        began = time.time()
        time.sleep(seconds)
        ended = time.time()
    while True:
        time.sleep(1)
        looks = page.evaluate("since => looks.filter(([at]) => at > since)", began - 1)
        seen = Watched([Look(*look) for look in looks], began, ended)
        is_calm = seen.right_at is not None and time.time() - seen.right_at > CALM_SECONDS
        if is_calm or time.time() - ended > PATIENCE_SECONDS:
            return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="", help="part of a trouble's name")
    parser.add_argument("--seconds", type=float, default=10, help="how long each of them lasts")
    chosen = parser.parse_args()
    print(f"{HEAD}\n| --- | --- | --- | --- | --- | --- |", flush=True)
    with standing() as product, sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page()
        page.goto(product.url)
        page.evaluate(RECORD)
        until(lambda: Look(*page.evaluate("looks.at(-1)")).is_right, "the page is right at first", 60)
        for name, trouble in troubles(product).items():
            if chosen.only in name:
                print(watched(page, trouble, chosen.seconds).row(name), flush=True)
        for log in product.logs.iterdir():
            assert "Traceback" not in log.read_text(), log.read_text()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()

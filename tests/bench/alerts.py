"""How long after a tick an alert is with people: from a book on NATS to `/ws/alerts/`, to a page, and to a webhook; and
what judging rules costs."""

import asyncio
import json
import os
import random
import subprocess
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import NamedTuple

import nats
import websockets
from nats.aio.client import Client
from playwright.async_api import Page, async_playwright

from tests.alerts.delivery.receivers import Hook, listening
from tests.bench import watching
from tests.bench.page import spread, spreads
from tests.bench.servers import ROOT, SUBJECT, manage, running, servers, stack
from tests.browser.chromium import OPTIONS, on_path

TITLE = "From a tick to an alert"
SYMBOLS, RATE = 100, 10.0
WATCHED = [f"ALARM{letter}USDT" for letter in "ABCDEF"]
"""Each with a rule of its own, in turn: what one rule has to tell within five seconds goes together."""
BOOKS_A_SECOND = 10
BALANCED, HEAVY = 1.0, 20.0
"""What rests at each bid, where 1 rests at each ask."""
RULE = {"watch": "net_pressure", "comparison": "above", "threshold": 50, "reason": "measured"}
PAUSE_SECONDS = (0.5, 1.5)
"""Between the end of one alert and the tick of the next: any moment of everybody's rounds."""
PATIENCE_SECONDS = 10.0
MANY_MESSAGES = {"ALERTS_MESSAGES_PER_MINUTE": "600", "ALERTS_PRIVATE_ADDRESSES": "true"}
SECRET = b64encode(b"what the webhook is signed with").decode()
NAME, PASSWORD = "bench", "a long and unguessable word"
WATCH_TOASTS = """() => {
  window.toasts = [];
  const seen = new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    requestAnimationFrame(() => added.forEach((toast) => window.toasts.push([toast.textContent, Date.now()])));
  });
  for (const box of document.querySelectorAll(".toasts > div")) seen.observe(box, { childList: true });
}"""


class Times(NamedTuple):
    """Milliseconds of one alert, from the book that made it fire, or be over."""

    socket: float
    page: float
    webhook: float
    over: float


def section(short: bool) -> str:
    """Until it fires, and until it is over; and what 20 rules about 500 symbols cost."""
    times = measure(5 if short else 60)
    table = {
        "fires, on `/ws/alerts/`": spread([each.socket for each in times]),
        "fires, called out on a page": spread([each.page for each in times]),
        "fires, at a webhook": spread([each.webhook for each in times]),
        "is over, on `/ws/alerts/`": spread([each.over for each in times]),
    }
    return f"""From the publication on NATS of a book that is beyond the threshold of a rule, which fires at once: to
the event in a client of `/ws/alerts/`, to the words in the corner of a page in Chromium, as it is about to draw them,
and to a receiver that has read the whole message; and from that of the first book that is back until the alert is over.
Beside {SYMBOLS} symbols × {RATE:.0f} updates/s. The feed publishes rows every 250 ms and `watch_alerts` looks every
250 ms, neither knowing of the other; what is found is written to the database and announced on Redis, and the web
process reads it there. All of it, client, browser and receiver, is on this machine.

{spreads(table, "alerts")}

{watching.section(short)}"""


def measure(alerts: int) -> list[Times]:
    """Of so many alerts, one after the other."""
    hook = Told()
    with servers() as environment, listening(hook):
        environment |= MANY_MESSAGES | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        create = manage("createsuperuser", "--noinput", "--username", NAME, "--email", "b@example.org")
        subprocess.run(create, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        with (
            stack(environment, SYMBOLS, RATE) as (base, _),
            running(manage("watch_alerts"), env=environment),
        ):
            make = watching.maker(base, environment)
            channel = make("channels", name="Hook", kind="webhook", address=hook.url, secret=SECRET)
            for symbol in WATCHED:
                make("rules", name=symbol, symbols=[symbol], channels=[channel], **RULE)
            return asyncio.run(follow(environment["NATS_URL"], base, make.headers, hook, alerts))


class Told(Hook):
    """When it was told of what."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, float] = {}

    def take(self, headers: dict[str, str], body: bytes) -> None:
        now = time.time()
        for each in json.loads(body)["alerts"]:
            self.at.setdefault(each["key"], now)


async def follow(nats_url: str, base: str, headers: dict[str, str], hook: Told, alerts: int) -> list[Times]:
    """Of so many alerts: all times."""
    times: list[Times] = []
    url = f"{base.replace('http', 'ws')}/ws/alerts/"
    async with (
        websockets.connect(url, additional_headers=headers, max_size=None) as socket,
        looked_at(base) as page,
        asyncio.TaskGroup() as group,
    ):
        books = Books(await nats.connect(nats_url))
        publishing = group.create_task(books.publish())
        for number in range(alerts + 1):
            symbol = WATCHED[number % len(WATCHED)]
            began = await books.become(symbol, HEAVY)
            key, heard = await until(socket, "firing", symbol)
            called_out = await called_out_at(page, symbol, number)
            told = await moment_of(partial(hook.at.get, key))
            await asyncio.sleep(random.uniform(*PAUSE_SECONDS))
            ended = await books.become(symbol, BALANCED)
            _, over = await until(socket, "resolved", symbol)
            await asyncio.sleep(random.uniform(*PAUSE_SECONDS))
            if number:  # the first finds everybody still waking up
                moments = (heard - began, called_out - began, told - began, over - ended)
                times.append(Times(*(1000 * each for each in moments)))
        publishing.cancel()
        with suppress(asyncio.CancelledError):
            await publishing
        await books.bus.close()
    return times


@asynccontextmanager
async def looked_at(base: str) -> AsyncIterator[Page]:
    """The overview of somebody who is logged in; what it calls out is written down."""
    async with async_playwright() as playwright:
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        place = on_path() or playwright.chromium.executable_path
        browser = await playwright.chromium.launch(executable_path=place, args=OPTIONS + as_root)
        page = await browser.new_page()
        await page.goto(f"{base}/admin/")
        await page.get_by_label("Name").fill(NAME)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_role("heading", name="System").wait_for()
        await page.goto(f"{base}/")
        await page.locator("#bell:not([data-unknown])").wait_for()
        await page.evaluate(WATCH_TOASTS)
        yield page
        await browser.close()


async def called_out_at(page: Page, symbol: str, number: int) -> float:
    """When the words on this alert, of which so many came before, were about to be drawn."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (toast := await page.evaluate(f"toasts[{number}] ?? null")) is None:
            await asyncio.sleep(0.01)
    text, at_ms = toast
    assert symbol in text, text
    return float(at_ms) / 1000


async def moment_of(known: Callable[[], float | None]) -> float:
    """The moment, as soon as it is known."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (moment := known()) is None:
            await asyncio.sleep(0.005)
    return moment


async def until(socket: websockets.ClientConnection, state: str, symbol: str) -> tuple[str, float]:
    """The key of an event that says so, and when it was heard."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            for event in json.loads(await socket.recv()).get("events", []):
                if (event["state"], event["symbol"]) == (state, symbol):
                    return event["key"], time.time()


class Books:
    """Those of the watched symbols, published ten times a second, and at once when one becomes another."""

    def __init__(self, bus: Client, clock: Callable[[], float] = time.time) -> None:
        self.bus, self._clock = bus, clock
        self._bids = dict.fromkeys(WATCHED, BALANCED)

    async def become(self, symbol: str, bid: float) -> float:
        """So much rests at each bid from now on; when that was published."""
        self._bids[symbol] = bid
        now = self._clock()
        await self._send(symbol)
        return now

    async def publish(self) -> None:
        """For ever."""
        while True:
            for symbol in WATCHED:
                await self._send(symbol)
            await asyncio.sleep(1 / BOOKS_A_SECOND)

    async def _send(self, symbol: str) -> None:
        steps = range(1, 21)
        data = {
            "lastUpdateId": int(self._clock() * 1e6),
            "bids": [[f"{100 - step / 100:.2f}", f"{self._bids[symbol]:.1f}"] for step in steps],
            "asks": [[f"{100 + step / 100:.2f}", f"{BALANCED:.1f}"] for step in steps],
        }
        frame = {"stream": f"{symbol.lower()}@depth20@100ms", "data": data}
        await self.bus.publish(SUBJECT, json.dumps(frame).encode())

"""Pages in a real browser. A page that complains on its console or talks to another host fails its test."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, expect, sync_playwright

from tests.browser.chromium import chromium, executable
from tests.browser.desk import NAME, PASSWORD, newest
from tests.browser.market import Market, live_market
from tests.browser.reading import LIVE
from tests.servers import until

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
Theme = Literal["light", "dark"]
STORY = 2
"""So many tests a file at most are long ones."""
expect.set_options(timeout=10_000)  # the machine may be busy with other tests


NO_CHROMIUM = "no Chromium on this machine and none could be installed"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """The last words: which pages nobody has looked at, by name, where there is no Chromium."""
    yield
    terminal: pytest.TerminalReporter = session.config.pluginmanager.getplugin("terminalreporter")
    skipped = terminal.stats.get("skipped", [])
    unseen = [report.nodeid for report in skipped if NO_CHROMIUM in str(report.longrepr)]
    if unseen:
        terminal.section(f"{len(unseen)} page tests left out: {NO_CHROMIUM}")
        terminal.write_line("\n".join(unseen))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pages last: while Playwright runs, its event loop counts as running in the tests' own thread, and
    nothing that crosses from sync to async works there any more. Of them those of one or two tests, which are
    whole stories, come first, and then the files with most tests: a long one at the end would leave a core without
    work."""
    in_browser = [item for item in items if "tests/browser/" in item.path.as_posix()]
    for item in in_browser:
        item.add_marker(pytest.mark.browser)
    tests = Counter(item.path for item in in_browser)
    items.sort(key=lambda item: (item.path in tests, tests[item.path] > STORY, -tests[item.path]))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        if executable(playwright) is None:
            pytest.skip(NO_CHROMIUM)
        with chromium(playwright) as running:
            yield running


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A running market. Whoever breaks a part of it mends it again."""
    with live_market(tmp_path_factory.mktemp("market")) as running:
        yield running


@pytest.fixture(scope="session")
def manager(market: Market) -> None:
    """Somebody who may do everything."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        created = market.manage(
            "createsuperuser", "--noinput", "--username", NAME, "--email", f"{NAME}@desk.test"
        )
        assert created.start().wait(60) == 0


@pytest.fixture(scope="module")
def desk(market: Market, manager: None) -> Iterator[Market]:
    """The market with a strategy process at work."""
    market.strategies.start()
    until(lambda: newest(market), "signals are sent")
    yield market
    market.strategies.stop()


SERVER_STOPS = ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "WebSocket connection"]
"""What the console may show where the web server stops under a page, be it in the middle of an answer."""


class Complaints:
    """What a page must not do. A test that provokes something on purpose adds a part of it to `expected`."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.expected: list[str] = []

    def listen_to(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.found.append(f"exception: {error}"))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.hostname not in ("127.0.0.1", "localhost"):
            self.found.append(f"request to {request.url}")

    def unexpected(self) -> list[str]:
        return [text for text in self.found if not any(part in text for part in self.expected)]


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    complaints = Complaints()
    yield complaints
    assert not complaints.unexpected()


@pytest.fixture
def page(browser: Browser, complaints: Complaints) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    complaints.listen_to(page)
    yield page
    context.close()


@pytest.fixture
def overview(page: Page, market: Market) -> Page:
    """The market overview, live."""
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    return page

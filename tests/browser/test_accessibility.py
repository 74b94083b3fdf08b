"""axe-core has nothing to say against any page: in both themes, on a desk and on a phone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import DESKTOP, PHONE, Complaints
from tests.browser.desk import log_in
from tests.browser.market import Market
from tests.browser.reading import LIVE

STRATEGY, SYMBOL = "trade_momentum", "XRPUSDT"
LEVEL = f"strategies/{STRATEGY}/symbols/{SYMBOL}"
AXE = Axe()
OPTIONS = {"resultTypes": ["violations"]}
MADE_BY_DJANGO = {"exclude": [".help-tooltip"]}
"""The question marks its own script puts beside the two boxes of a choice of many: no template writes them."""


def is_open_to_all(page: Page) -> None:
    """axe-core objects to nothing here, neither on a bright desk nor on a dark phone."""
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    found = [f"on a desk: {objection}" for objection in objections(page)]
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    found += [f"on a phone: {objection}" for objection in objections(page)]
    assert not found, "\n".join([page.url, *found])


def objections(page: Page) -> list[str]:
    """The rule, and the place it is broken at, for all that axe-core objects to."""
    rules = AXE.run(page, context=MADE_BY_DJANGO, options=OPTIONS).response["violations"]
    return [
        f"{rule['id']} ({rule['help']}): {node['target']} {node['html']}"
        for rule in rules
        for node in rule["nodes"]
    ]


@pytest.fixture(scope="module")
def session(browser: Browser, desk: Market) -> Iterator[StorageState]:
    """A risk manager's session, with a change, an override and a halt to show."""
    context = browser.new_context()
    page = context.new_page()
    log_in(page, desk)
    say(page, desk, f"{STRATEGY}/config", parameters={"momentum_window": 20}, reason="calmer")
    say(page, desk, f"{STRATEGY}/config/{SYMBOL}", parameters={"momentum_window": 30}, reason="calmer still")
    say(page, desk, f"{STRATEGY}/halt/{SYMBOL}", reason="odd books")
    yield context.storage_state()
    say(page, desk, f"{STRATEGY}/resume/{SYMBOL}", reason="seen enough")
    for level in (f"{STRATEGY}/config/{SYMBOL}", f"{STRATEGY}/config"):
        gone = page.request.delete(f"{desk.url}/api/v1/strategies/{level}", headers=token(page))
        assert gone.ok, gone.text()
    context.close()


def say(page: Page, desk: Market, path: str, **body: object) -> None:
    answer = page.request.post(f"{desk.url}/api/v1/strategies/{path}", data=body, headers=token(page))
    assert answer.ok, answer.text()


def token(page: Page) -> dict[str, str]:
    """Of the session's cookies, what a form would send along."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return {"X-CSRFToken": cookies["csrftoken"]}


@pytest.fixture(autouse=True)
def _still(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")  # a colour on its way to another is no colour to judge


@pytest.fixture
def manager_page(page: Page, session: StorageState) -> Page:
    page.context.add_cookies(session["cookies"])  # type: ignore[arg-type]
    return page


@pytest.mark.parametrize("path", ["/", "/symbols/BTCUSDT/"])
def test_nothing_on_a_live_page_keeps_anybody_out(page: Page, desk: Market, path: str):
    page.goto(desk.url + path)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    is_open_to_all(page)


@pytest.mark.parametrize("path", ["/signals/", "/signals/?symbol=NOPEUSDT", "/symbols/NOPE/", "/nowhere"])
def test_nothing_on_a_public_page_keeps_anybody_out(
    page: Page, desk: Market, path: str, complaints: Complaints
):
    complaints.expected.append("404")
    page.goto(desk.url + path)
    is_open_to_all(page)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "strategies/",
        f"strategies/{STRATEGY}/",
        "strategies/nope/",
        f"strategies/{STRATEGY}/global/",
        "strategies/cross_exchange_spread/global/",
        f"strategies/{STRATEGY}/global/remove/",
        f"{LEVEL}/",
        f"{LEVEL}/copy/",
        f"{LEVEL}/remove/",
        "halt/",
        f"resume/?strategy={STRATEGY}&symbol={SYMBOL}",
        "history/",
        "history/?symbol=NOPEUSDT",
        "password_change/",
        "auth/user/",
        "auth/user/add/",
        "auth/user/1/change/",
        "auth/user/1/password/",
        "auth/user/1/delete/",
        "auth/user/1/history/",
        "auth/group/",
        "auth/group/add/",
        "knox/authtoken/",
        "knox/authtoken/add/",
        "axes/accessattempt/",
        "auth/",
        "nowhere/",
    ],
)
def test_nothing_on_a_page_of_the_admin_keeps_anybody_out(
    manager_page: Page, desk: Market, path: str, complaints: Complaints
):
    complaints.expected.append("404")
    manager_page.goto(f"{desk.url}/admin/{path}")
    is_open_to_all(manager_page)

"""axe-core objects to nothing on any page: on a desk in the light and in the dark, and on a phone."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE, Complaints, Theme
from tests.browser.desk import NAME, log_in
from tests.browser.market import Market
from tests.browser.pages import API, GLOBAL, INSIDE, LIVE, LOGGED_OUT, OUTSIDE, SIGNALS, STRATEGY, SYMBOL
from tests.browser.reading import LIVE as IS_LIVE
from tests.browser.reading import come_near
from tests.browser.voice import speaking
from tests.factories import spot_book
from tests.servers import until

AXE = Axe().axe_script
RUN = "([page, options]) => axe.run(page, options).then((found) => found.violations)"
OF_DJANGO = {"exclude": [".help-tooltip"]}
"""The question marks its script puts beside the two boxes of a choice of many: no template writes them."""
ALL: Mapping[str, Any] = {"resultTypes": ["violations"]}
COLOURS = {**ALL, "runOnly": ["color-contrast", "link-in-text-block"]}
"""All that the other theme can have changed."""
LIVES: Mapping[str, Any] = {
    "name": "A book lives",
    "watch": "is_live",
    "symbols": [SYMBOL],
    "comparison": "above",
    "threshold": 0.5,
    "advice": "To be looked at.",
    "reason": "to be looked at",
}
"""A rule of an alert that fires while all is well."""
TRADED = "ADAUSDT"
"""At Binance, until a test has it traded at OKX as well."""
WRITES_DOWN = """
window.written = [];
window.Notification = class extends Notification {
  static get permission() { return "granted"; } // without windows Chromium denies what it grants when it is asked
  constructor(title, options) { super(title, options); written.push(`${title}, ${options.body}`); }
};
AudioContext.prototype.createOscillator = (create => function () {
  const note = create.call(this);
  const start = note.start;
  note.start = (at) => { written.push(`sound at ${note.frequency.value} Hz`); start.call(note, at); };
  return note;
})(AudioContext.prototype.createOscillator);
"""
"""Every sound a page makes, and every notification of the browser."""
SHOWS_ITS_FOOT = """
panel => {
  const list = panel.querySelector("ol");
  const many = Array.from({ length: 20 }, () => list.lastElementChild.cloneNode(true));
  list.append(...many);
  const [end, foot] = [panel, panel.querySelector(".alerts-ways")].map((each) => each.getBoundingClientRect().bottom);
  for (const each of many) each.remove();
  return foot < end;
}
"""
"""Also of many alerts."""
LOOKS: tuple[tuple[ViewportSize, Theme, Mapping[str, Any]], ...] = (
    (DESKTOP, "light", ALL),
    (DESKTOP, "dark", COLOURS),
    (PHONE, "dark", ALL),
)


def is_open_to_all(page: Page) -> None:
    """Nothing here keeps anybody out, however they look at it."""
    found: list[str] = []
    for size, theme, options in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        found += [f"{size['width']} pixels, {theme}: {each}" for each in objections(page, options)]
    assert not found, "\n".join([page.url, *found])


def objections(page: Page, options: Mapping[str, Any] = ALL) -> list[str]:
    """All that axe-core objects to: the rule that is broken, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [
        f"{rule['id']} ({rule['help']}): {node['target']} {node['html']}"
        for rule in page.evaluate(RUN, [OF_DJANGO, options])
        for node in rule["nodes"]
    ]


@pytest.fixture(scope="module")
def stranger(browser: Browser) -> Iterator[BrowserContext]:
    context = still(browser)
    yield context
    context.close()


@pytest.fixture(scope="module")
def watching(desk: Market) -> Iterator[None]:
    """Rules of alerts are judged."""
    process = desk.manage("watch_alerts")
    process.start()
    yield
    process.stop()


def pass_over_what_becomes_of_parts(page: Page, desk: Market) -> None:
    """Other tests stop processes of this market: the rules that come with the product would call people to that."""
    rules = f"{desk.url}/api/v1/alerts/rules"
    for each in page.request.get(rules).json()["data"]:
        if each["is_enabled"]:
            answer = page.request.delete(f"{rules}/{each['id']}?reason=stopped", headers=csrf(page))
            assert answer.ok


@pytest.fixture(scope="module")
def manager_at_work(browser: Browser, desk: Market, watching: None) -> Iterator[BrowserContext]:
    """A risk manager's browser, where a change, an override, a halt and an alert are to be seen."""
    context = still(browser)
    page = context.new_page()
    log_in(page, desk)
    pass_over_what_becomes_of_parts(page, desk)
    say(page, desk, f"{STRATEGY}/config", parameters={"momentum_window": 20}, reason="calmer")
    say(page, desk, f"{STRATEGY}/config/{SYMBOL}", parameters={"momentum_window": 30}, reason="calmer still")
    say(page, desk, f"{STRATEGY}/halt/{SYMBOL}", reason="odd books")
    page.goto(f"{desk.url}/admin/alerts/")
    made = say(page, desk, "/api/v1/alerts/rules", **LIVES).json()
    say(page, desk, "/api/v1/alerts/silences", symbol="LUNA*", for_seconds=86_400, reason="is delisted")
    expect(page.get_by_role("button", name=f"Acknowledge {LIVES['name']}").first).to_be_visible()
    expect(page.get_by_role("button", name="End the silence of LUNA*")).to_be_visible()
    page.goto("about:blank")  # of several tabs one makes a sound
    yield context
    rule = f"{desk.url}/api/v1/alerts/rules/{made['data']['id']}?reason=seen"
    assert page.request.delete(rule, headers=csrf(page)).ok
    say(page, desk, f"{STRATEGY}/resume/{SYMBOL}", reason="seen enough")
    say(page, desk, f"{STRATEGY}/config/{SYMBOL}", parameters={}, replace=True, reason="as it was")
    say(page, desk, f"{STRATEGY}/config", parameters={}, replace=True, reason="as it was")
    context.close()


@pytest.fixture(scope="module")
def places(manager_at_work: BrowserContext, desk: Market) -> Iterator[Mapping[str, str]]:
    """What there is to be looked at by its number: a change, a channel, changes made at one stroke, a token, a link,
    a symbol that a signal is about."""
    page = manager_at_work.new_page()
    page.goto(f"{desk.url}/admin/strategies/{STRATEGY}/symbols/{SYMBOL}/copy/")
    page.get_by_label("Symbols, separated").fill("QQ WW")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Show what would be copied").click()
    page.get_by_role("button", name="to QQ and WW").click()
    page.goto(f"{desk.url}/admin/history/?strategy={STRATEGY}")
    batch = number(page, "/history/batches/([^/]+)/revert/")
    change = number(page, r"/history/(\d+)/revert/")
    page.goto(f"{desk.url}/admin/knox/authtoken/add/?user=1")
    page.get_by_role("button", name="Create token").click()
    page.goto(f"{desk.url}/admin/knox/authtoken/")
    token = number(page, "/authtoken/([^/]+)/delete/")
    page.goto(f"{desk.url}/admin/auth/user/1/link/")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    welcome = link.partition("/welcome/")[2].strip("/")
    mails = {"name": "Mails to the desk", "kind": "email", "address": "desk@example.com"}
    channel = say(page, desk, "/api/v1/alerts/channels", **mails, reason="nights").json()["data"]["id"]
    say(page, desk, f"/api/v1/alerts/channels/test/{channel}")
    sent = httpx.get(f"{desk.url}/api/v1/signals?state=sent&limit=1").json()["signals"]
    yield {
        "batch": batch,
        "change": change,
        "channel": str(channel),
        "token": token,
        "traded": sent[0]["symbol"],
        "welcome": welcome,
    }
    page.goto(f"{desk.url}/admin/history/batches/{batch}/revert/")
    page.get_by_role("button", name="Revert these 2").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    page.close()


def book_at_okx(bid: float, step: int) -> bytes:
    """Of TRADED: so much rests on the bid side, where 1 rests on the ask side."""
    return spot_book(TRADED, [(100.0, bid)], [(100.01, 1.0)], step, source="okx-websocket")


def number(page: Page, address: str) -> str:
    """What stands in the first link of the page to such an address."""
    found = re.search(address, page.content())
    assert found, (address, page.url)
    return found[1]


def still(browser: Browser) -> BrowserContext:
    """A colour on its way to another is no colour to judge."""
    return browser.new_context(viewport=DESKTOP, color_scheme="light", reduced_motion="reduce")


def say(page: Page, desk: Market, path: str, **body: object) -> APIResponse:
    """Send it to an address, or to one below that of strategies."""
    address = urljoin(f"{desk.url}/api/v1/strategies/", path)
    answer = page.request.post(address, data=body, headers=csrf(page))
    assert answer.ok, answer.text()
    return answer


def csrf(page: Page) -> dict[str, str]:
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return {"X-CSRFToken": cookies["csrftoken"]}


@pytest.fixture
def outside(stranger: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A page of somebody who has not logged in."""
    yield from listened_to(stranger, complaints)


@pytest.fixture
def inside(manager_at_work: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A page of the risk manager."""
    yield from listened_to(manager_at_work, complaints)


def listened_to(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    page = context.new_page()
    complaints.listen_to(page)
    yield page
    page.close()


@pytest.mark.parametrize("path", LIVE)
def test_nothing_on_a_live_page_keeps_anybody_out(inside: Page, desk: Market, path: str):
    inside.goto(desk.url + path)
    expect(inside.locator(".connection-text")).to_have_text(IS_LIVE)
    come_near(inside)
    if inside.locator("#decisions").count():
        inside.locator("#decisions [data-change]").first.press("Enter")
        expect(inside.locator("[data-chosen=words]")).to_have_text(re.compile("before and after it"))
    for depth_over_time in inside.locator("#heat").all():  # loaded when it comes near
        depth_over_time.scroll_into_view_if_needed()
        expect(depth_over_time.locator("[data-heat=words]")).not_to_be_empty()
    is_open_to_all(inside)


def test_nothing_on_the_way_of_an_alert_keeps_anybody_out(inside: Page, desk: Market, complaints: Complaints):
    """From the form of its rule on a phone to its end, by the keyboard where people are in a hurry."""
    complaints.expected += [
        "htmx:sendAbort",
        "htmx:afterRequest",
    ]  # who types on is asked for a newer preview
    name, market = "Buyers alone", f"{TRADED} okx"
    inside.context.grant_permissions(["notifications"])
    inside.add_init_script(WRITES_DOWN)
    inside.set_viewport_size(PHONE)
    inside.goto(f"{desk.url}/admin/alerts/rules/new/")
    expect(inside.get_by_role("button", name="1 alert fires")).to_be_visible()
    for label, text in {
        "Name": name,
        "Symbols": TRADED,
        "Market": "okx",
        "Threshold": "50",
        "For": "0",
        "Reason": "to be told at once",
    }.items():
        inside.get_by_label(label, exact=True).fill(text)
    inside.get_by_label("What is watched").select_option("net_pressure")
    inside.get_by_label("Severity").select_option("critical")
    inside.get_by_role("button", name="When would it have fired?").click()
    expect(inside.locator("#tried")).to_contain_text("It would not have fired in the last 24 hours.")
    inside.get_by_role("button", name="Save").click()
    expect(inside.get_by_role("link", name=name)).to_be_visible()

    bell = inside.locator("#bell")
    panel = inside.get_by_role("region", name="Alerts", exact=True)
    bell.press("Enter")
    for box in ("Sound", "Browser notification"):
        panel.get_by_role("checkbox", name=box).check()
    until(lambda: inside.evaluate("localStorage.getItem('alerts-notification')"), "the browser allows it")
    inside.keyboard.press("Escape")
    with speaking(desk, lambda step: [book_at_okx(20.0, step)]) as voice:
        toast = inside.get_by_role("alert").filter(has_text=name)
        expect(toast).to_contain_text(f"Critical {name} {market} 90.48%")
        expect(inside.get_by_role("button", name="2 alerts fire, 1 critical")).to_have_attribute(
            "data-worst", "critical"
        )
        expect(inside).to_have_title(re.compile(r"^\(2\) "))
        tried, *told = inside.evaluate("written")
        assert (tried, sorted(told)) == (
            "sound at 520 Hz",  # when the box was checked
            [f"Critical: {name}, {market}, 90.48%", "sound at 880 Hz"],
        )
        is_open_to_all(inside)  # on a phone at last

        bell.press("Enter")
        expect(panel.get_by_role("listitem")).to_contain_text([name, str(LIVES["name"])])
        expect(panel.get_by_role("link", name=f"{name} {market}")).to_have_attribute(
            "href", re.compile(f"/symbols/{TRADED}/\\?venue=okx&form=spot$")
        )
        expect(toast).to_have_text(re.compile(name))  # to those who hear it
        expect(toast.locator("[data-dismiss]")).to_be_hidden()  # it would lie on the panel, or below it
        is_open_to_all(inside)
        assert panel.evaluate(SHOWS_ITS_FOOT)
        panel.get_by_role("button", name=f"Acknowledge {name},").press("Enter")
        expect(panel.get_by_role("listitem").first).to_contain_text(f"acknowledged by {NAME}")
        expect(panel.get_by_role("button", name=f"Acknowledge {LIVES['name']},")).to_be_focused()
        for box in ("Sound", "Browser notification"):
            panel.get_by_role("checkbox", name=box).uncheck()

        inside.goto(f"{desk.url}/admin/alerts/")
        expect(toast).to_have_count(0)  # once is enough
        inside.get_by_role("link", name=f"Silence {name} of {TRADED}").click()
        inside.get_by_label("Reason").fill("is looked at")
        inside.get_by_role("button", name="Silence", exact=True).click()
        fires = inside.get_by_role("row").filter(has=inside.get_by_role("link", name=name, exact=True))
        expect(fires.first).to_contain_text("silenced until")
        expect(
            inside.get_by_role("button", name="1 alert fires, 1 more acknowledged or silenced")
        ).to_be_visible()

        voice.words = lambda step: [book_at_okx(1.0, step)]
        over = inside.get_by_role("region", name="Resolved last").get_by_role("row").filter(has_text=name)
        expect(over).to_contain_text(f"acknowledged by {NAME}")
        expect(inside.get_by_role("button", name="1 alert fires", exact=True)).to_be_visible()
    rules = inside.request.get(f"{desk.url}/api/v1/alerts/rules").json()["data"]
    made = next(each["id"] for each in rules if each["name"] == name)
    rule = f"{desk.url}/api/v1/alerts/rules/{made}?reason=seen"
    assert inside.request.delete(rule, headers=csrf(inside)).ok


def test_nothing_on_the_page_of_signals_keeps_anybody_out(
    inside: Page, desk: Market, places: Mapping[str, str]
):
    inside.goto(desk.url + SIGNALS.format(**places))
    inside.locator(".signal summary").first.click()
    is_open_to_all(inside)


def test_nothing_on_the_page_of_the_api_keeps_anybody_out_and_what_is_open_has_no_padlock(
    outside: Page, desk: Market
):
    outside.goto(desk.url + API)
    outside.locator(".opblock-summary-control").first.click()
    expect(outside.locator(".headers .header-col").first).to_be_visible()
    for call, locks in (
        ("metrics-getDepth", 0),
        ("signals-listSignals", 0),
        ("strategies-listStrategies", 1),
    ):
        expect(outside.locator(f"#operations-{call} .authorization__btn")).to_have_count(locks)
    is_open_to_all(outside)


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_a_stranger_meets_keeps_them_out(
    outside: Page, desk: Market, places: Mapping[str, str], path: str, complaints: Complaints
):
    complaints.expected.append("404")
    outside.goto(desk.url + path.format(**places))
    is_open_to_all(outside)


@pytest.mark.parametrize("path", INSIDE)
def test_nothing_on_a_page_of_the_admin_keeps_anybody_out(
    inside: Page, desk: Market, places: Mapping[str, str], path: str, complaints: Complaints
):
    complaints.expected += ["404", "403", "409"]
    inside.goto(desk.url + path.format(**places))
    is_open_to_all(inside)


def test_nothing_in_a_refusal_keeps_anybody_out(outside: Page, desk: Market, complaints: Complaints):
    complaints.expected += ["403 (Forbidden)", "503 (Service Unavailable)"]
    outside.goto(f"{desk.url}/admin/login/")
    knock(outside)
    expect(outside.get_by_text("Name and password do not belong together")).to_be_visible()
    is_open_to_all(outside)
    outside.context.clear_cookies()
    knock(outside)
    expect(outside.get_by_role("heading", name="This page was open for too long")).to_be_visible()
    is_open_to_all(outside)
    outside.goto(f"{desk.url}/admin/login/")
    with desk.database_away():
        knock(outside)
        expect(outside.get_by_role("heading", name="The database is away")).to_be_visible()
    is_open_to_all(outside)


def knock(page: Page) -> None:
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("nothing")
    page.get_by_role("button", name="Log in").click()


def test_nothing_on_the_page_that_halts_without_the_database_keeps_anybody_out(
    inside: Page, desk: Market, complaints: Complaints
):
    complaints.expected += ["503 (Service Unavailable)", "Unexpected response code: 503"]
    inside.goto(f"{desk.url}/admin/halt/")  # who they are is remembered
    with desk.database_away():
        inside.goto(f"{desk.url}/admin/halt/")
        expect(inside.get_by_role("heading", name="Halt without the database")).to_be_visible()
    is_open_to_all(inside)


def test_nothing_that_shows_while_typing_keeps_anybody_out(
    inside: Page, desk: Market, complaints: Complaints
):
    complaints.expected.append("400 (Bad Request)")
    inside.goto(desk.url + GLOBAL)
    inside.get_by_role("textbox", name="momentum_window").fill("7")
    expect(inside.locator("#preview").get_by_role("row", name="momentum_window")).to_contain_text("7")
    is_open_to_all(inside)
    inside.goto(f"{desk.url}/admin/alerts/rules/new/")
    inside.get_by_label("Threshold").fill("0")
    inside.get_by_role("button", name="When would it have fired?").click()
    expect(inside.locator("#tried")).to_contain_text("have fired")
    is_open_to_all(inside)
    inside.goto(desk.url + GLOBAL)
    inside.get_by_role("textbox", name="momentum_window").fill("many")
    inside.get_by_role("button", name="Save").click()
    expect(inside.locator("#problems")).to_be_visible()
    is_open_to_all(inside)


def test_nothing_in_a_conflict_keeps_anybody_out(inside: Page, desk: Market, complaints: Complaints):
    complaints.expected.append("409 (Conflict)")
    inside.goto(desk.url + GLOBAL)
    say(inside, desk, f"{STRATEGY}/config", parameters={"momentum_window": 25}, reason="calmer")
    inside.get_by_role("textbox", name="momentum_window").fill("15")
    inside.get_by_label("Reason").fill("livelier")
    inside.get_by_role("button", name="Save").click()
    expect(inside.get_by_role("button", name="Put these changes on top")).to_be_visible()
    is_open_to_all(inside)


def test_nothing_in_an_account_that_cannot_be_saved_keeps_anybody_out(inside: Page, desk: Market):
    inside.goto(f"{desk.url}/admin/auth/user/add/")
    inside.get_by_label("Name").fill(NAME)
    inside.get_by_role("button", name="Create").click()
    expect(inside.get_by_text(re.compile("There is an account .* already"))).to_be_visible()
    is_open_to_all(inside)


def test_nothing_on_the_way_of_a_new_person_keeps_anybody_out(
    inside: Page, outside: Page, desk: Market, complaints: Complaints
):
    inside.goto(f"{desk.url}/admin/auth/user/1/link/")
    inside.get_by_role("button", name="Make the link").click()
    is_open_to_all(inside)
    outside.goto(inside.get_by_label("Link", exact=True).input_value())
    outside.get_by_role("textbox", name=re.compile("^New password")).fill("short")
    outside.get_by_role("button", name="Save and log in").click()
    is_open_to_all(outside)


def test_nothing_after_logging_out_keeps_anybody_out(page: Page, desk: Market):
    log_in(page, desk)
    page.get_by_role("button", name=NAME).click()
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(desk.url + LOGGED_OUT)
    expect(page.get_by_role("link", name="Log in again")).to_be_visible()
    is_open_to_all(page)


def test_nothing_in_a_new_token_keeps_anybody_out(inside: Page, desk: Market):
    inside.goto(f"{desk.url}/admin/knox/authtoken/add/")
    inside.get_by_label("Name of the new service account").fill(NAME)
    inside.get_by_role("button", name="Create token").click()
    expect(inside.get_by_text(re.compile("There is an account .* already"))).to_be_visible()
    is_open_to_all(inside)
    inside.goto(f"{desk.url}/admin/knox/authtoken/add/?user=1")
    inside.get_by_role("button", name="Create token").click()
    expect(inside.get_by_label("Token", exact=True)).to_be_visible()
    is_open_to_all(inside)
    inside.goto(f"{desk.url}/admin/knox/authtoken/")
    inside.get_by_role("link", name="Revoke the token").first.click()
    inside.get_by_role("button", name="Revoke token").click()
    expect(inside.get_by_text("is revoked")).to_be_visible()
    is_open_to_all(inside)


def test_nothing_in_what_opens_beside_a_page_keeps_anybody_out(inside: Page, desk: Market):
    inside.goto(f"{desk.url}/admin/auth/user/")
    inside.get_by_role("button", name=NAME).click()
    expect(inside.get_by_role("button", name="Log out")).to_be_visible()
    is_open_to_all(inside)
    inside.keyboard.press("Escape")
    inside.get_by_role("button", name="Filters").press("Enter")
    is_open_to_all(inside)
    inside.keyboard.press("Escape")
    inside.get_by_role("button", name="Access").press("Enter")
    expect(inside.get_by_role("link", name="API tokens")).to_be_visible()
    is_open_to_all(inside)
    inside.keyboard.press("Escape")
    inside.keyboard.press("Control+k")
    search = inside.get_by_role("dialog", name="Search")
    search.get_by_role("searchbox").press_sequentially("user")
    expect(search.get_by_role("link", name="People")).to_be_visible()
    search.get_by_role("searchbox").fill("threshold")
    expect(search.locator(".found-count")).to_have_text(re.compile(r"^12 of \d+; type on"))
    is_open_to_all(inside)


def test_what_opens_by_a_click_opens_by_the_keyboard(outside: Page, inside: Page, desk: Market):
    outside.goto(f"{desk.url}/admin/login/")
    outside.get_by_role("button", name="Switch to the dark theme").press("Enter")
    expect(outside.locator("html.dark")).to_have_count(1)
    inside.goto(f"{desk.url}/admin/auth/user/1/change/")
    inside.set_viewport_size(PHONE)
    inside.get_by_role("button", name="More").press("Enter")
    inside.get_by_role("link", name="History", exact=True).last.press("Enter")
    expect(inside.get_by_role("heading", name="History of")).to_be_visible()

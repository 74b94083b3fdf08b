"""A risk manager's work in a real browser."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from django.contrib.auth.models import Group, Permission, User
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from configuration import known_symbols, services
from configuration.ledger import Author
from configuration.models import Source, StrategyConfig
from configuration.reading import reader
from halts import services as halts
from halts.domain import Scope
from tests.browser.conftest import DESKTOP, PHONE, Complaints, Theme
from tests.browser.reading import fits

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery staple"
SKEW = "orderbook_skew"
VERBS = {"viewer": ["view"], "manager": ["view", "add", "change", "delete"]}


@pytest.fixture(autouse=True)
def _clean_reader() -> Iterator[None]:
    reader.forget()
    yield
    reader.forget()


@pytest.fixture
def people(transactional_db: None) -> dict[str, User]:
    """rita and marco manage risk, vera may look."""
    roles = {"rita": "manager", "marco": "manager", "vera": "viewer"}
    users = {name: User.objects.create_user(name, password=PASSWORD, is_staff=True) for name in roles}
    for name, role in roles.items():
        codenames = [f"{verb}_strategyconfig" for verb in VERBS[role]]
        users[name].user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return users


@pytest.fixture
def log_in(
    live_server: LiveServer, people: dict[str, User], complaints: Complaints
) -> Callable[[Page, str], None]:
    complaints.expected.append("/ws/")  # this server has none; test_strategies.py has all of it

    def log_in(page: Page, name: str) -> None:
        page.goto(f"{live_server.url}/admin/")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="System")).to_be_visible()
        page.wait_for_load_state()  # its scripts listen now

    return log_in


@pytest.fixture
def second_page(browser: Browser) -> Iterator[Page]:
    """Another person's browser."""
    context = browser.new_context(viewport=DESKTOP)
    yield context.new_page()
    context.close()


def test_a_risk_manager_overrides_a_symbol_and_takes_it_back(
    page: Page, complaints: Complaints, log_in: Callable[[Page, str], None]
):
    complaints.expected.append("400 (Bad Request)")
    log_in(page, "rita")
    page.get_by_role("link", name="Strategies", exact=True).click()
    card = page.get_by_role("article", name="Order Book Skew")
    card.get_by_placeholder("Symbol").fill("btcusdt")
    card.get_by_role("button", name="Override").click()
    expect(page.get_by_role("heading", name="Order Book Skew · BTCUSDT")).to_be_visible()
    page.wait_for_load_state()

    levels = page.get_by_role("textbox", name="top_levels")
    expect(levels).to_have_attribute("placeholder", "5")
    levels.fill("25")
    page.get_by_label("Reason").fill("deep book")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#error-top_levels")).to_have_text("must be at most 20; allowed: 1 to 20 levels")
    expect(levels).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Reason")).to_have_value("deep book")
    page.wait_for_load_state()  # what is typed now is asked about
    assert not StrategyConfig.history.exists()

    levels.fill("12")
    preview = page.locator("#preview")
    expect(preview.get_by_role("row", name="top_levels")).to_contain_text("12")
    expect(page.locator("#error-top_levels")).to_have_text("")
    expect(preview).to_contain_text("Only BTCUSDT is affected")
    assert not StrategyConfig.history.exists()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("saved as version 1")).to_be_visible()

    page.get_by_role("link", name="History", exact=True).click()
    row = page.get_by_role("row").filter(has_text="deep book")
    expect(row).to_contain_text("top_levels inherited → 12")
    row.get_by_role("link", name=re.compile("Revert")).click()
    expect(page.get_by_role("row", name="top_levels")).to_contain_text("5")
    expect(page.get_by_label("Reason")).to_have_value("Take back version 1")
    page.get_by_label("Reason").fill("not needed after all")
    page.get_by_role("button", name="Revert").click()
    expect(page.get_by_text("as before its first change")).to_be_visible()
    assert not StrategyConfig.objects.exists()
    assert [change.action for change in StrategyConfig.history.all()] == ["DELETE", "CREATE"]


def test_errors_and_consequences_show_while_typing(page: Page, log_in: Callable[[Page, str], None]):
    log_in(page, "rita")
    page.goto(page.url + f"strategies/{SKEW}/global/")
    page.get_by_role("textbox", name="sell_threshold").fill("0,9")
    expect(page.locator("#error-sell_threshold")).to_have_text(
        "must be a number, got 0,9; use a point: 0.9; allowed: 0.3 to 1 ratio"
    )
    expect(page.get_by_role("textbox", name="sell_threshold")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("textbox", name="sell_threshold").fill("0.9")
    expect(page.locator("#error-sell_threshold")).to_have_text("")
    expect(page.locator("#preview")).to_contain_text("All symbols without values of their own follow")
    page.get_by_role("button", name="Inherit again: sell_threshold").click()
    expect(page.get_by_role("textbox", name="sell_threshold")).to_have_value("")
    expect(page.locator("#preview")).to_contain_text("Nothing yet")


def test_a_parameter_that_was_searched_for_can_be_changed_at_once(
    page: Page, log_in: Callable[[Page, str], None]
):
    log_in(page, "rita")
    for name, field in (("top levels", "top_levels"), ("base confidence", "base_confidence")):
        page.keyboard.press("Control+k")
        page.keyboard.type(name)
        page.get_by_role("link", name=re.compile(f"^{name} of Order Book Skew", re.IGNORECASE)).click()
        expect(page.get_by_role("textbox", name=field)).to_be_focused()  # also where the form is open already
        expect(page.get_by_role("textbox", name=field)).to_be_in_viewport()


def test_a_misspelt_symbol_leads_to_the_form_and_address_of_the_one_that_is_meant(
    page: Page, log_in: Callable[[Page, str], None], monkeypatch: pytest.MonkeyPatch, complaints: Complaints
):
    monkeypatch.setattr(known_symbols, "known_symbols", lambda: {"BTCUSDT"})
    complaints.expected.append("400")  # what is asked about is not saved
    log_in(page, "rita")
    page.goto(page.url + f"strategies/{SKEW}/symbols/BTCUSTD/")
    page.get_by_role("textbox", name="top_levels").fill("9")
    page.get_by_label("Reason").fill("deep book")
    page.get_by_label("BTCUSDT", exact=True).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You meant BTCUSDT, not BTCUSTD; these values are for BTCUSDT.")).to_be_visible()
    assert page.url.endswith("/symbols/BTCUSDT/")
    expect(page.get_by_role("textbox", name="top_levels")).to_have_value("9")
    expect(page.get_by_label("Reason")).to_have_value("deep book")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("for BTCUSDT is saved as version 1")).to_be_visible()


def test_without_a_connection_the_form_shows_it_and_asks_again_by_itself(
    page: Page, log_in: Callable[[Page, str], None], complaints: Complaints
):
    complaints.expected += ["ERR_INTERNET_DISCONNECTED", "503", "htmx:", "Response Status Error"]
    log_in(page, "rita")
    page.goto(page.url + f"strategies/{SKEW}/global/")
    preview = page.locator("#preview")
    page.context.set_offline(True)
    page.get_by_role("textbox", name="top_levels").fill("9")
    expect(preview).to_contain_text("What will change cannot be shown without a connection.")
    expect(preview).not_to_contain_text("Nothing yet")
    page.context.set_offline(False)
    expect(preview.get_by_role("row", name="top_levels")).to_contain_text("9")
    page.route("**/global/", lambda route: route.fulfill(status=503))
    page.get_by_role("textbox", name="top_levels").fill("11")
    expect(preview).to_contain_text("cannot be shown while the server answers 503.")
    page.unroute("**/global/")
    expect(preview.get_by_role("row", name="top_levels")).to_contain_text("11", timeout=15_000)


def test_without_a_connection_every_page_that_follows_nothing_else_shows_as_of_when_it_is(
    page: Page, log_in: Callable[[Page, str], None], complaints: Complaints
):
    complaints.expected.append("ERR_INTERNET_DISCONNECTED")
    User.objects.filter(username="rita").update(is_superuser=True)
    author = Author(source=Source.ADMIN, name="rita", reason="odd books")
    halts.halt(Scope(SKEW), author=author)
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=author)
    log_in(page, "rita")
    role = Group.objects.values_list("pk", flat=True).first()
    home, level = page.url, f"strategies/{SKEW}/symbols/BTCUSDT/"
    for address in (
        "strategies/", "history/", "halt/", f"resume/?strategy={SKEW}", f"{level}copy/", f"{level}remove/",
        "auth/user/", "auth/user/add/", f"auth/group/{role}/change/", "knox/authtoken/", "login/passwordcount/",
        "password_change/",
    ):  # fmt: skip
        page.goto(home + address)
        age = page.locator("#halted-now-age")
        expect(age).to_be_hidden()
        page.context.set_offline(True)
        expect(age).to_have_text(re.compile(r"^As it was at \d\d:\d\d:\d\d UTC: no connection\.$"))
        page.context.set_offline(False)
        expect(age).to_be_hidden()


def test_a_token_is_made_copied_and_revoked(
    page: Page, people: dict[str, User], log_in: Callable[[Page, str], None]
):
    User.objects.filter(username="rita").update(is_superuser=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    log_in(page, "rita")
    page.get_by_role("button", name="Access").click()
    page.get_by_role("link", name="API tokens").click()
    page.get_by_role("link", name="New API token").click()
    page.get_by_label("Name of the new service account").fill("quoting-bot")
    page.get_by_label("Purpose").fill("quotes")
    expect(page.get_by_label("Read metrics and signals")).to_be_checked()
    expect(page.get_by_label("Change configuration")).not_to_be_checked()
    page.get_by_role("button", name="Create token").click()
    secret = page.get_by_label("Token", exact=True).input_value()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.locator("#copied")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("row", name="quoting-bot")).to_contain_text("metrics")
    page.get_by_role("link", name=re.compile("^Revoke the token .* of quoting-bot")).click()
    expect(page.get_by_text("Last use: never")).to_be_visible()
    page.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_text(re.compile("The token .* of quoting-bot is revoked"))).to_be_visible()
    expect(page.get_by_text("There are no API tokens.")).to_be_visible()


def test_a_colleague_is_made_and_comes_in_by_the_link(
    page: Page, second_page: Page, people: dict[str, User], log_in: Callable[[Page, str], None]
):
    User.objects.filter(username="rita").update(is_superuser=True)
    log_in(page, "rita")
    page.goto(f"{page.url}auth/user/add/")
    page.get_by_label("Name").fill("nora")
    page.get_by_label(re.compile("^Risk managers: May read configuration and its history; change")).check()
    page.get_by_role("button", name="Create").click()
    second_page.goto(page.get_by_label("Link", exact=True).input_value())
    second_page.get_by_role("textbox", name=re.compile("^New password")).fill(PASSWORD)
    second_page.get_by_role("textbox", name=re.compile("^The new password again")).fill(PASSWORD)
    second_page.get_by_role("button", name="Save and log in").click()
    expect(second_page.get_by_role("heading", name="System")).to_be_visible()
    expect(second_page.get_by_role("link", name="Halt…")).to_be_visible()


def test_a_viewer_can_look_and_nothing_else(
    page: Page, complaints: Complaints, people: dict[str, User], log_in: Callable[[Page, str], None]
):
    author = Author(source=Source.API, user=people["rita"], reason="wider")
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=author)
    log_in(page, "vera")
    home = page.url
    for address in (
        "strategies/",
        f"strategies/{SKEW}/",
        f"strategies/{SKEW}/symbols/BTCUSDT/",
        f"strategies/{SKEW}/global/",
        "history/",
    ):
        page.goto(home + address)
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Not allowed")
        for deed in ("Save", "Override", "Revert", "Restore", "Copy", "Remove", "Edit", "Back to defaults"):
            expect(page.locator("#content").get_by_role("button", name=deed)).to_have_count(0)
            expect(page.locator("#content").get_by_role("link", name=re.compile(f"^{deed}"))).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="wider")).to_be_visible()
    complaints.expected.append("403 (Forbidden)")
    page.goto(home + f"strategies/{SKEW}/symbols/BTCUSDT/remove/")
    expect(page.get_by_role("heading", name="Not allowed").first).to_be_visible()


def test_two_managers_collide_and_are_reported(
    page: Page, second_page: Page, complaints: Complaints, log_in: Callable[[Page, str], None]
):
    complaints.expected.append("409 (Conflict)")
    log_in(page, "rita")
    log_in(second_page, "marco")
    address = page.url + f"strategies/{SKEW}/symbols/ETHUSDT/"
    page.goto(address)
    second_page.goto(address)

    second_page.get_by_role("textbox", name="top_levels").fill("8")
    second_page.get_by_label("Reason").fill("marco was first")
    second_page.get_by_role("button", name="Save").click()
    expect(second_page.get_by_text("saved as version 1")).to_be_visible()

    page.get_by_role("textbox", name="buy_threshold").fill("1.5")
    expect(page.locator("#preview")).to_contain_text("marco saved this meanwhile")
    page.get_by_label("Reason").fill("rita was second")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("marco saved this while you were editing")
    expect(page.get_by_text("marco was first")).to_be_visible()
    expect(page.get_by_role("row", name="top_levels")).to_contain_text("8")

    page.get_by_role("button", name="Put my changes on top of theirs").click()
    expect(page.get_by_role("textbox", name="top_levels")).to_have_value("8")
    expect(page.get_by_role("textbox", name="buy_threshold")).to_have_value("1.5")
    expect(page.locator("#preview").get_by_role("row", name="buy_threshold")).to_contain_text("1.5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("saved as version 2")).to_be_visible()
    assert StrategyConfig.objects.get().parameters == {"top_levels": 8, "buy_threshold": 1.5}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_a_phone_and_the_menu_opens_by_keyboard(
    page: Page, log_in: Callable[[Page, str], None], people: dict[str, User], theme: Theme
):
    author = Author(source=Source.API, user=people["rita"], reason="a long reason " * 12)
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=author)
    services.write("cross_exchange_spread", None, {"exchanges": ["binance", "okx", "kraken"]}, author=author)
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(PHONE)
    log_in(page, "rita")
    home = page.url
    for address in (
        "",
        "strategies/",
        f"strategies/{SKEW}/",
        f"strategies/{SKEW}/symbols/BTCUSDT/",
        f"strategies/{SKEW}/symbols/BTCUSDT/copy/",
        f"strategies/{SKEW}/symbols/BTCUSDT/remove/",
        "history/",
    ):
        page.goto(home + address)
        fits(page, PHONE["width"])
    page.get_by_role("button", name="rita").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE["width"], 1000, 1440])
def test_in_the_history_what_stands_side_by_side_stands_in_line_and_apart(
    page: Page, log_in: Callable[[Page, str], None], people: dict[str, User], width: int
):
    both: dict[str | None, dict[str, int]] = {"BTCUSDT": {"top_levels": 9}, "ETHUSDT": {"top_levels": 9}}
    author = Author(source=Source.API, user=people["rita"], reason="alike")
    services.write_levels({SKEW: both}, author=author)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, "rita")
    page.goto(page.url + "history/?actor=rita")
    controls = page.locator(".filters .field-input, .filters .button").all()
    lines = {(box["y"], box["y"] + box["height"]) for each in controls if (box := each.bounding_box())}
    tops = sorted(lines)
    assert all(above[1] <= below[0] for above, below in pairwise(tops)), tops
    one, all_of_them = page.locator("td.go").first.get_by_role("link").all()
    left, right = one.bounding_box(), all_of_them.bounding_box()
    assert left
    assert right
    assert right["x"] - (left["x"] + left["width"]) >= 8
    assert left["y"] == right["y"]


def test_on_a_phone_what_changes_stays_in_sight(page: Page, log_in: Callable[[Page, str], None]):
    page.set_viewport_size(PHONE)
    log_in(page, "rita")
    page.goto(page.url + f"strategies/{SKEW}/global/")
    bar = page.locator("#form-bar")
    expect(bar).to_be_hidden()
    page.get_by_role("textbox", name="top_levels").fill("9")
    expect(bar).to_contain_text("top_levels 5 → 9 levels")
    expect(bar).to_be_in_viewport(ratio=1)
    page.get_by_role("textbox", name="top_levels").fill("99")
    expect(bar).to_contain_text("Top levels must be at most 20")
    page.get_by_role("textbox", name="top_levels").fill("9")
    expect(bar).to_contain_text("top_levels 5 → 9 levels")
    bar.get_by_role("link", name="Review and save").click()
    expect(page.get_by_role("row", name="top_levels")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Save")).to_be_in_viewport()
    fits(page, PHONE["width"])


def test_the_menu_can_be_passed_by_and_icons_are_not_read_out(
    page: Page, log_in: Callable[[Page, str], None]
):
    log_in(page, "rita")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="All values")).to_be_focused()
    expect(page.get_by_role("link", name="Realtime Strategies")).to_have_count(1)
    expect(page.locator(".material-symbols-outlined:not([aria-hidden=true])")).to_have_count(0)

"""What the pages of the strategies say while NATS is away, and no longer once it is back."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.market import Market
from tests.servers import until

PASSWORD = "correct horse battery staple"
SINCE = r"since \d\d:\d\d:\d\d UTC"


@pytest.fixture(scope="module")
def desk(market: Market) -> Iterator[Market]:
    """The market with a strategy process and an account."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        created = market.manage(
            "createsuperuser", "--noinput", "--username", "otto", "--email", "o@desk.test"
        )
        assert created.start().wait(60) == 0
    market.strategies.start()
    signals = f"{market.url}/api/v1/signals?limit=1"
    until(lambda: httpx.get(signals).json()["signals"], "signals are sent")
    yield market
    market.strategies.stop()


def log_in(page: Page, market: Market) -> None:
    page.goto(f"{market.url}/admin/")
    page.get_by_label("Username").fill("otto")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="System")).to_be_visible()


def test_without_nats_home_and_signals_name_it_and_recover(page: Page, desk: Market):
    home, signals = page, page.context.new_page()
    log_in(home, desk)
    signals.goto(f"{desk.url}/signals/")
    obeyed, pill = home.locator("#obeyed"), signals.locator(".connection-text")
    expect(obeyed).to_have_text("Signals leave from 1 of 1 process.")
    expect(pill).to_have_text(re.compile("^Live"))
    desk.nats.kill()
    try:
        expect(obeyed).to_have_text(
            re.compile(f"^No connection to NATS {SINCE}: no signal leaves from 1 of 1 process.$")
        )
        expect(obeyed).to_have_attribute("data-kind", "bad")
        expect(home.locator("#home-health")).to_contain_text(
            re.compile(f"A feed has had no connection to NATS {SINCE}: its books grow stale.")
        )
        expect(pill).to_have_text(re.compile(f"^No NATS {SINCE}$"))
        expect(signals.locator(".standing-line")).to_have_text(
            re.compile(f"^The strategies have had no connection to NATS {SINCE}: no market reaches them")
        )
    finally:
        desk.nats.start()
    expect(pill).to_have_text(re.compile("^Live"))
    expect(signals.locator(".standing-line")).to_have_count(0)
    expect(obeyed).to_have_text("Signals leave from 1 of 1 process.")
    expect(home.locator("#home-health")).to_contain_text("A feed process is heard.")

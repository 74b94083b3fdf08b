"""What the pages of the strategies show while NATS is away, and no longer once it is back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import log_in
from tests.browser.market import Market

SINCE = r"since \d\d:\d\d:\d\d UTC"


def test_without_nats_home_and_signals_name_it_and_recover(page: Page, desk: Market):
    home, signals = page, page.context.new_page()
    log_in(home, desk)
    signals.goto(f"{desk.url}/signals/")
    acknowledged, pill = home.locator("#acknowledged"), signals.locator(".connection-text")
    expect(acknowledged).to_have_text("Signals are sent from 1 of 1 process.")
    expect(pill).to_have_text(re.compile("^Live"))
    desk.nats.kill()
    try:
        expect(acknowledged).to_have_text(
            re.compile(f"^No connection to NATS {SINCE}: no signal is sent from 1 of 1 process.$")
        )
        expect(acknowledged).to_have_attribute("data-kind", "bad")
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
    expect(acknowledged).to_have_text("Signals are sent from 1 of 1 process.")
    expect(home.locator("#home-health")).to_contain_text("A feed process is heard.")

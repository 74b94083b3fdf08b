"""The scripts write figures exactly as the server does."""

import pytest
from playwright.sync_api import Page

from tests.browser.market import Market
from tests.metrics.test_figures import CASES

WRITE = """async ([name, args]) => {
    const figures = await import("/static/realtime/js/figures.js");
    return figures[name](...args);
}"""


@pytest.fixture
def figures(page: Page, market: Market) -> Page:
    page.goto(f"{market.url}/nothing")
    return page


def test_figures_read_the_same_as_on_the_first_paint(figures: Page, complaints):
    complaints.expected.append("404")
    written = [figures.evaluate(WRITE, [name, arguments]) for name, arguments, _ in CASES]
    assert written == [text for _, _, text in CASES]

"""The scripts write figures exactly as the server does."""

import random

import pytest
from playwright.sync_api import Page

from metrics.templatetags import figures as first_paint
from tests.browser.market import Market
from tests.metrics.test_figures import CASES, PLACES

WRITE = """async (cases) => {
    const figures = await import("/static/realtime/js/figures.js");
    const ours = (name) => figures[name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())];
    return cases.map(([name, args]) => ours(name)(...args));
}"""
NAMES = ("fixed", "signed", "price", "bps", "coarse", "compact", "dollars", "quantity", "signed_quantity")


def any_number(chance: random.Random) -> float:
    """Up to 15 significant digits, of every size a market has, or what arithmetic leaves of one."""
    number = float(f"{chance.randrange(1, 10 ** chance.randint(1, 15))}e{chance.randint(-20, 5)}")
    return chance.choice((1, -1, 1 / 3)) * number


@pytest.fixture
def figures(page: Page, market: Market) -> Page:
    page.goto(f"{market.url}/nothing")
    return page


def test_figures_read_the_same_as_on_the_first_paint(figures: Page, complaints):
    complaints.expected.append("404")
    written = figures.evaluate(WRITE, [[name, arguments] for name, arguments, _ in CASES])
    assert written == [text for _, _, text in CASES]


def test_where_a_market_is_reads_the_same_as_on_the_first_paint(figures: Page, complaints):
    complaints.expected.append("404")
    places = [[{"venue": venue, "form": form, "symbol": symbol}] for venue, form, symbol, _ in PLACES]
    written = figures.evaluate(WRITE, [["placeWords", place] for place in places])
    assert written == [text for *_, text in PLACES]


def test_any_number_reads_the_same_as_on_the_first_paint(figures: Page, complaints):
    complaints.expected.append("404")
    chance = random.Random(7)
    cases: list[tuple[str, list[float]]] = [
        (name, [any_number(chance)]) for name in NAMES for _ in range(500)
    ]
    cases += [("fixed", [any_number(chance), decimals]) for decimals in range(16) for _ in range(50)]
    written = figures.evaluate(WRITE, cases)
    assert written == [getattr(first_paint, name)(*arguments) for name, arguments in cases]

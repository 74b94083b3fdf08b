"""What is ordered by a number shows that number: in a hundred looks at a market that moves, none is out of order."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from metrics.templatetags.figures import UNKNOWN
from tests.browser.market import SYMBOLS

SAMPLES = 100
LOOK = """([cells, samples]) => new Promise((resolve) => {
    const looks = [];
    function look() {
        looks.push([...document.querySelectorAll(cells)].map((cell) => cell.textContent.trim()));
        if (looks.length < samples) setTimeout(look, 37);
        else resolve(looks);
    }
    look();
})"""  # 37 ms: at another moment of every second and of every batch


def looks(page: Page, cells: str) -> list[list[str]]:
    """The texts of these cells from top to bottom, at a hundred moments."""
    found: list[list[str]] = page.evaluate(LOOK, [cells, SAMPLES])
    return found


def looks_at_what_moves(page: Page, cells: str) -> list[list[str]]:
    found = looks(page, cells)
    assert len({tuple(each) for each in found}) > 2, "they move"
    return found


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").removeprefix("≥"))


def seconds(text: str) -> float:
    amount, unit = text.removeprefix("<").split()
    return float(amount) * {"s": 1, "min": 60, "h": 3600}[unit] - text.startswith("<")


def out_of_order(found: Sequence[Sequence[Any]], *, falling: bool) -> list[Sequence[Any]]:
    return [each for each in found if list(each) != sorted(each, reverse=falling)]


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("Net pressure", "net_pressure"),
        ("Spread", "spread_bps_10s"),
        ("Cost of", "cost"),
        ("Mid price", "mid_price"),
    ],
)
def test_a_sorted_column_shows_the_numbers_it_is_sorted_by(overview: Page, head: str, cell: str):
    for falling in (True, False):
        overview.get_by_role("columnheader", name=head).get_by_role("button").click()
        overview.mouse.move(5, 5)
        found = looks_at_what_moves(overview, f"#rows [data-cell={cell}]")
        assert {len(each) for each in found} == {SYMBOLS}
        known = [[number(text) for text in each if text != UNKNOWN] for each in found]
        assert out_of_order(known, falling=falling) == []


def test_ages_are_in_order(overview: Page):
    overview.get_by_role("button", name="Age").click()
    overview.mouse.move(5, 5)
    ages = looks(overview, "#rows [data-cell=age]")
    assert out_of_order([[seconds(text) for text in each] for each in ages], falling=False) == []


def test_the_strongest_lists_show_the_numbers_they_are_ranked_by(overview: Page):
    for side, falling in (("buy", True), ("sell", False)):
        found = looks_at_what_moves(overview, f"#{side}-extremes [data-cell=net_pressure]")
        assert out_of_order([[number(text) for text in each] for each in found], falling=falling) == []


def test_an_order_by_the_spread_keeps_its_head(overview: Page):
    """Single spreads jump by a tick with every update; their median moves slowly."""
    overview.get_by_role("columnheader", name="Spread, 10 s bps").get_by_role("button").click()
    overview.mouse.move(5, 5)
    orders: set[tuple[str, ...]] = set()
    for _ in range(10):
        found = looks(overview, "#rows .col-symbol a")
        tops = [each[:3] for each in found]
        changes = sum(before != after for before, after in pairwise(tops))
        assert changes <= 4, tops  # in four seconds
        orders |= {tuple(each) for each in found}
        if len(orders) > 2:
            return
    pytest.fail("the order does not move")

"""The lists of the strongest and of the worst, and the table say the same of a symbol at the same moment."""

import re

from playwright.sync_api import Page, expect

from tests.browser.market import Market

COMPARED = """() => new Promise((resolve) => {
    const differing = [];
    let compared = 0;
    let frames = 0;
    const seen = ({ top, bottom }) => top >= 0 && bottom <= innerHeight;
    const text = (element, cell) => element.querySelector(`[data-cell=${cell}]`).textContent;
    function compare() {
        for (const item of document.querySelectorAll(".extreme li")) {
            const symbol = item.querySelector("a").textContent;
            const row = document.querySelector(`#rows tr[data-symbol="${symbol}"]`);
            if (!row || !seen(row.getBoundingClientRect())) continue;
            compared += 1;
            const isWorst = item.closest("#worst-liquidity");
            const [listed, cell] = isWorst ? ["cost", "cost"] : ["net_pressure", "net_pressure"];
            const [here, there] = [text(item, listed), text(row, cell)];
            if (here !== there) differing.push(`${symbol} ${here} ${there}`);
        }
        if (++frames < 180) requestAnimationFrame(compare);
        else resolve({ compared, differing });
    }
    requestAnimationFrame(compare);
})"""


def test_a_symbol_shows_one_number_at_a_time(page: Page, market: Market):
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(re.compile("^Live"))
    expect(page.locator("#buy-extremes li").first).to_be_visible()
    page.wait_for_timeout(1_500)
    result = page.evaluate(COMPARED)
    assert result["compared"] > 100
    assert result["differing"] == []

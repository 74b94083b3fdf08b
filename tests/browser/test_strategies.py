"""A change comes into force, signals appear, a halt stops them: the whole system in a real browser."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Complaints
from tests.browser.desk import PASSWORD, log_in, newest
from tests.browser.market import Market
from tests.browser.reading import fits
from tests.browser.swing import swinging
from tests.browser.test_accessibility import csrf, is_open_to_all, say
from tests.servers import until
from what_if.domain.answer import Agreement, Answer, compared

pytestmark = pytest.mark.usefixtures("judge")
BY_HOUR = "/api/v1/signals/summary?by=hour&strategy=orderbook_skew"


@pytest.fixture(scope="module")
def judge(desk: Market) -> Iterator[None]:
    """The journal is kept from the first test on: the last ones ask about what the others have seen."""
    desk.judge.start()
    yield
    desk.judge.stop()


def test_signals_arrive_and_wait_while_one_is_read(page: Page, desk: Market):
    page.goto(f"{desk.url}/signals/")
    newest = page.locator("#signals [data-id]").first
    seen = newest.get_attribute("data-id") or ""
    expect(newest).not_to_have_attribute("data-id", seen)
    page.locator(".signal summary").first.click()
    expect(page.locator("#held")).to_have_text(re.compile(r"Show \d+ (or more )?new"))
    expect(page.locator("details[open]")).to_have_count(1)
    page.locator("#held").click()
    expect(page.locator("details[open]")).to_have_count(0)
    newest.hover()
    pointed_at = newest.get_attribute("data-id") or ""
    expect(page.locator("#held")).to_be_visible()
    expect(newest).to_have_attribute("data-id", pointed_at)
    page.mouse.move(0, 0)
    expect(newest).not_to_have_attribute("data-id", pointed_at)
    page.set_viewport_size(PHONE)
    fits(page, PHONE["width"])


def test_what_the_ledger_knows_of_signals_comes_to_those_that_are_there_and_older_ones_follow(
    page: Page, desk: Market
):
    until(lambda: httpx.get(f"{desk.url}{BY_HOUR}").json()["signals"], "the ledger has signals")
    page.goto(f"{desk.url}/signals/")
    page.locator(".signal summary").first.click()  # while it is read it stays
    opened = page.locator(".signal:has(> details[open])").first
    expect(opened.locator(".signal-then").first).to_have_text(re.compile(r"spread \d"), timeout=30_000)
    expect(page.locator("#tally strong")).not_to_have_text("0")
    page.locator("#held").click()
    page.get_by_role("link", name="Older signals").click()
    expect(page).to_have_url(re.compile("cursor="))
    expect(page.locator("#signals > li").first).to_be_visible()
    expect(page.locator(".connection-text")).to_have_text(re.compile("As of"))
    page.get_by_role("link", name="Newest signals").click()
    expect(page.locator(".connection-text")).to_have_text(re.compile("Live"))


def test_a_strategy_opens_with_its_day(page: Page, desk: Market):
    summary = f"{desk.url}{BY_HOUR}"
    until(lambda: httpx.get(summary).json()["signals"], "the ledger has signals")
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/")
    day = page.locator("#strategy-day")
    expect(day.locator("[data-day=words]")).to_have_text(
        re.compile(r"^[\d,]+ signals?: [\d,]+ buy, [\d,]+ sell, ")
    )
    told = {
        side: int(count.replace(",", ""))
        for count, side in re.findall(
            r"([\d,]+) (buy|sell|hold)", day.locator("[data-day=words]").inner_text()
        )
    }
    counted = Counter[str]()
    for row in httpx.get(summary).json()["rows"]:
        counted[row["action"]] += row["signals"]
    assert 0 < sum(told.values()) <= sum(counted.values())
    assert all(count <= counted[side] for side, count in told.items())
    day.get_by_text("Hours as a table").click()
    expect(day.get_by_role("row")).to_have_count(25)
    expect(day.locator("rect")).to_have_count(48)
    since = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    whole = httpx.get(summary).json()
    page.route("**/signals/summary*", lambda route: route.fulfill(json=whole | {"since": since}))
    page.reload()
    expect(day.locator("[data-day=words]")).to_contain_text(
        f"since {since[11:16]} UTC, before which there were more than are counted at once: "
    )
    expect(day.locator("rect")).to_have_count(6)  # no bar where nothing was counted


def test_a_threshold_is_shown_in_what_the_market_brought(page: Page, desk: Market, complaints: Complaints):
    log_in(page, desk)
    asked = f"{desk.url}/api/v1/strategies/orderbook_skew/measured?symbol=BTCUSDT"
    until(lambda: page.request.get(asked).json()["data"]["of_symbol"], "books are measured")
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/symbols/BTCUSDT/")
    ratio, volume = page.locator("#market-buy_threshold"), page.locator("#row-min_total_volume .market")
    share = r"(\d+(\.\d)?\s%|all|none)"
    span = r"books in the last (hour|minute|\d+ minutes)"
    over_all = rf" Over all symbols: {share}\.$"
    expect(ratio).to_have_text(re.compile(rf"^Ratio above [\d.]+ in {share} of [\d,]+ {span}\.{over_all}"))
    marker = page.locator("#row-buy_threshold .sketch-limit")
    for entered, edge in (("0.0001", "1"), ("9999", "239")):
        page.get_by_role("textbox", name="buy_threshold").fill(entered)
        expect(marker).to_have_attribute("x1", edge)
    page.get_by_role("textbox", name="buy_threshold").fill("2.9")
    in_force = rf"; above [\d.]+, in force, in {share}\."
    expect(ratio).to_have_text(
        re.compile(rf"^Ratio above 2\.9 in {share} of [\d,]+ {span}{in_force}{over_all}")
    )
    expect(page.locator("#measured-said")).to_have_text(re.compile("^Ratio above 2.9 in"))
    expect(volume.locator(".in-force-line")).to_be_hidden()  # that every book is let in is as it should be
    page.get_by_role("textbox", name="buy_threshold").fill("a lot")  # nothing is claimed of it
    expect(ratio).to_have_text(re.compile(rf"^Ratio above [\d.]+ in {share} of [\d,]+ {span}\."))

    page.goto(f"{desk.url}/admin/strategies/trade_momentum/symbols/NOPEUSDT/")
    page.get_by_role("textbox", name="min_quantity").fill("1e12")
    here = page.locator("#row-min_quantity .market")
    expect(here).to_have_text(
        re.compile("^.*No trades of NOPEUSDT were measured in the last hour. Over all symbols: ")
    )
    expect(here.locator(".in-force-line")).to_be_hidden()  # of nothing nothing follows
    page.goto(f"{desk.url}/admin/strategies/trade_momentum/global/")
    page.get_by_role("textbox", name="min_quantity").fill("1e12")
    expect(here.locator(".in-force-line")).to_have_text(re.compile(r"^Never held in the last .*\.$"))
    page.goto(f"{desk.url}/admin/strategies/cross_exchange_spread/symbols/BTCUSDT/")
    page.get_by_role("textbox", name="max_position_size").fill("120")
    position = page.locator("#row-max_position_size .market")
    costs = r"^Buying and selling \$100 at once costs (nothing|\d\S*\sbps) now beyond the best prices\."
    expect(position).to_have_text(re.compile(costs))
    page.get_by_role("textbox", name="spread_threshold_percent").fill("-1")
    expect(position).to_have_text(re.compile("That is more than the gap of -100\\sbps it waits for.$"))
    page.set_viewport_size(PHONE)
    fits(page, PHONE["width"])
    assert page.evaluate(SHARES, SHARES_OF) == [[0, 0.25, 0.5, 0.75, 1], [1, 0.75, 0.5, 0.25, 0]]

    complaints.expected += ["503", "/ws/"]
    with desk.store_away():
        page.reload()
        expect(page.locator("#measured-note")).to_be_visible()
        expect(page.locator(".market")).to_have_count(0)
        expect(page.get_by_role("button", name="Save")).to_be_enabled()


SHARES = """
async ([quantity, limits]) => {
  const { heldShare } = await import("/static/desk/js/shares.js");
  return ["below", "at_least"].map((holds) => limits.map((limit) => heldShare(quantity, holds, limit).share));
}
"""
SHARES_OF = [
    {
        "count": 4,
        "lowest": 1.0,
        "highest": 4.0,
        "buckets": [{"low": 1.0, "high": 2.0, "count": 2}, {"low": 3.0, "high": 4.0, "count": 2}],
    },
    [1.0, 1.5, 2.5, 3.99, 4.1],  # of 4 books one at least is the highest
]


def test_of_a_symbol_without_values_of_its_own_nothing_is_shown_to_be_in_force(page: Page, desk: Market):
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/symbols/NOPEUSDT/")
    line = page.locator("[data-in-force]").first
    words = "It has no values of its own; those of all symbols are in force in 1 of 1 process."
    expect(line).to_have_text(words)
    expect(line).to_have_attribute("data-kind", "none")


def test_the_first_page_follows_what_others_change_and_names_who_is_silent(page: Page, desk: Market):
    log_in(page, desk)
    all_of_it = page.locator("#all-in-force")
    expect(all_of_it).to_have_text("All that is saved is in force in 1 process.")
    page.evaluate("window.isStillHere = true")
    other = page.context.new_page()
    other.goto(f"{desk.url}/admin/strategies/trade_momentum/symbols/ETHUSDT/")
    other.get_by_role("textbox", name="momentum_window").fill("20")
    other.get_by_label("Reason").fill("calmer")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("saved as version 1")).to_be_visible()

    row = page.locator("#home-in-force li").first
    expect(row.get_by_role("link")).to_have_text("Trade Momentum · ETHUSDT")
    expect(row).to_contain_text("version 1")
    expect(row.locator("[data-in-force]")).to_have_text(
        re.compile(r"^In force in 1 of 1 process, (under )?\d+\.\d s after saving\.$")
    )
    expect(page.locator("#home-changes")).to_contain_text("calmer")
    with desk.strategies.frozen():
        expect(row).to_contain_text(
            re.compile(r"In force in 0 of 1 process\. \S+ is silent: not heard for \d+ s")
        )
        expect(all_of_it).to_have_attribute("data-kind", "warn")
        expect(all_of_it).to_have_text("No strategy process is heard.")
    expect(all_of_it).to_have_text("All that is saved is in force in 1 process.")
    assert page.evaluate("window.isStillHere")


def test_the_numbers_of_the_first_page_move_and_show_when_they_do_not(
    page: Page, desk: Market, complaints: Complaints
):
    complaints.expected += ["/ws/", "Failed to load resource"]
    log_in(page, desk)
    as_of = page.locator("#as-of")
    first = as_of.inner_text()
    expect(as_of).not_to_have_text(first)
    expect(page.locator("#home-extremes a").first).to_have_attribute("href", re.compile(r"^/symbols/\w+/$"))
    with desk.web.frozen():
        expect(page.locator("#lost")).to_contain_text("No answer", timeout=20_000)
    expect(page.locator("#lost")).to_be_hidden()
    expect(as_of).to_contain_text("As of")


def test_a_symbol_box_spells_and_shows_what_is_not_tracked(page: Page, desk: Market):
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/")
    box, hint = page.get_by_placeholder("Symbol", exact=True), page.locator("#untracked-orderbook_skew")
    expect(hint).to_be_hidden()
    box.fill(" btc")  # may still become one
    expect(hint).to_be_hidden()
    box.fill("nope")
    expect(hint).to_be_visible()
    box.fill(" nopeusdt ")
    page.get_by_role("button", name="Override").click()
    expect(page.get_by_role("heading", name="Order Book Skew · NOPEUSDT")).to_be_visible()
    expect(page.get_by_text("nobody has heard of this symbol")).to_be_visible()


def test_a_lost_connection_is_shown_and_comes_back(page: Page, desk: Market, complaints: Complaints):
    complaints.expected.append("/ws/")  # the browser complains of every attempt
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/global/")
    line = page.locator("[data-in-force]").first
    in_force = re.compile(r"^In force in 1 of 1 process")
    expect(line).to_have_text(in_force)
    with desk.web.stopped():
        expect(line).to_have_text(LOST)
    expect(line).to_have_text(in_force, timeout=30_000)
    with desk.web.frozen():  # the connection stands, and nobody is there
        expect(line).to_have_text(LOST, timeout=20_000)
    expect(line).to_have_text(in_force, timeout=30_000)


def test_a_halt_without_the_database_is_shown_before_and_after_it_is_on_record(
    page: Page, desk: Market, complaints: Complaints
):
    complaints.expected += ["503", "Failed to load resource"]
    log_in(page, desk)
    acknowledged = page.locator("#acknowledged")
    expect(acknowledged).to_have_text("Signals are sent from 1 of 1 process.")
    with desk.database_away():
        expect(acknowledged).to_have_text(
            "Signals are sent from 1 of 1 process. The database is away: nothing can be resumed here."
        )
        assert desk.manage("halt", "--reason", "no database").start().wait(60) == 0
        expect(acknowledged).to_contain_text(
            "Halted without the database, and not on record yet: “no database”"
        )
        last = newest(desk)
        page.wait_for_timeout(3_000)
        assert newest(desk) == last
    expect(acknowledged).to_have_text("The halts are applied in 1 of 1 process.", timeout=20_000)
    expect(page.locator(".halts")).to_contain_text("Halted: everything “no database”")
    page.get_by_role("link", name="Resume everything").click()
    page.get_by_label("Reason").fill("it is back")
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator("#acknowledged")).to_have_text("Signals are sent from 1 of 1 process.")
    until(lambda: newest(desk) != last, "signals leave again")


LOST = re.compile(r"^Not known since \d\d:\d\d:\d\d UTC: connection lost, reconnecting\.$")


QUIET_SAVE = """
from configuration import announcements, services
from configuration.signals import configuration_changed
configuration_changed.disconnect(announcements.publish_change)
author = services.Author(source=services.Source.COMMAND, name="tests", reason="quietly")
services.write("orderbook_skew", None, {"top_levels": 9}, author=author)
"""
FORCED = """
import json, uuid
from django.db import connection
from configuration.models import Revision
with connection.cursor() as cursor:
    cursor.execute(
        "UPDATE configuration_strategyconfig SET parameters = %%s WHERE symbol = ''", [json.dumps({"top_levels": %d})]
    )
Revision.objects.update(token=uuid.uuid4())
"""


def do(market: Market, script: str) -> None:
    assert market.manage("shell", "-c", script).start().wait(60) == 0


def test_who_does_not_use_it_is_named_on_the_form_within_five_seconds(page: Page, desk: Market):
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/global/")
    line = page.locator("[data-in-force]").first
    other = desk.manage("run_strategies")
    name = f":{other.start().pid}/0/1"
    both = re.compile(r"^In force in 2 of 2 processes")
    expect(line).to_have_text(both, timeout=30_000)

    with other.frozen():
        expect(line).to_contain_text(
            re.compile(rf"1 of 2 processes.* \S+{name} is silent: not heard for \d s"), timeout=5_000
        )
    expect(line).to_have_text(both)

    do(desk, QUIET_SAVE)
    expect(line).to_have_text(
        re.compile(
            r"^Changed since this page was opened: version \d+ is saved, version \d+ is shown\. "
            r"Reload the page to see what is in force\.$"
        ),
        timeout=2_000,
    )
    expect(line).to_have_attribute("data-kind", "unknown")
    page.reload()
    expect(line).to_have_text(
        re.compile(r"^In force in 2 of 2 processes, (under )?[01]\.\d s after saving\.$"), timeout=2_000
    )
    do(desk, FORCED % 100_000)
    expect(line).to_contain_text(
        re.compile(rf"0 of 2 processes.* \S+{name} refuses it: top_levels must be <= 20, got 100000"),
        timeout=5_000,
    )
    do(desk, FORCED % 9)
    expect(line).to_have_text(both, timeout=5_000)

    other.process.kill()
    expect(line).to_contain_text(re.compile(rf"{name} is silent"), timeout=5_000)
    other.process.wait(10)
    other.start()  # it takes the place of the dead
    expect(line).to_have_text(both, timeout=30_000)
    other.stop()
    expect(line).to_have_text(re.compile(r"^In force in 1 of 1 process"))


SWING = "SWINGUSDT"


def save(page: Page, desk: Market, **values: object) -> int:
    """Change the skew strategy for the swinging symbol as a risk manager does, until in force; its version."""
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/symbols/{SWING}/")
    for name, value in values.items():
        page.get_by_role("textbox", name=name).fill(str(value))
    page.get_by_label("Reason").fill("loop")
    page.get_by_role("button", name="Save").click()
    expect(
        page.get_by_text("saved as version")
    ).to_be_visible()  # before it, this is the form of the last version
    expect(page.locator(f"[data-in-force][data-symbol={SWING}]")).to_have_text(IN_FORCE_SINCE)
    api = page.request.get(f"{desk.url}/api/v1/strategies/orderbook_skew/config/{SWING}")
    version: int = api.json()["data"]["version"]
    return version


IN_FORCE_SINCE = re.compile(r"^In force in 1 of 1 process, (under )?\d+\.\d s after saving\.$")
MARKS = "[...Chart.getChart('chart').$marks.values()].flat()"
SHADED = "(({ start, at, end }) => [at - start, end - at])(Chart.getChart('chart').$span)"
"""How long the shade is before and after the change, in milliseconds."""
AT_CHANGE = """
(({ scales, $span }) => ({ x: scales.x.getPixelForValue($span.at), y: 40 }))(Chart.getChart("price-chart"))
"""


def skewed(market: Market) -> str:
    """The id of the newest signal that the skew strategy sent about the swinging symbol."""
    asked = f"strategy=orderbook_skew&symbol={SWING}&state=sent&limit=1"
    signals = httpx.get(f"{market.url}/api/v1/signals?{asked}").json()["signals"]
    return signals[0]["id"] if signals else ""


@pytest.mark.timeout(240)
def test_the_whole_loop(page: Page, desk: Market):
    """A threshold is changed, comes into force, and the strategy behaves differently; halted, it is silent."""
    log_in(page, desk)
    with swinging(desk, SWING):
        chart = page.context.new_page()  # stays open
        chart.goto(f"{desk.url}/symbols/{SWING}/")
        last, decided = chart.locator("#last-signal"), chart.locator("#decisions li")

        eager = save(
            page, desk, buy_threshold=1.9, sell_threshold=0.6
        )  # the book swings between 2 and a half
        expect(last).to_have_text(
            re.compile(rf"^(buy|sell) at \d\d:\d\d:\d\d UTC, Order Book Skew, version {eager}$")
        )
        expect(decided.first).to_contain_text(f"Order Book Skew on {SWING}: Buy threshold inherited → 1.9")
        expect(decided.first).to_contain_text("rita: “loop”")
        assert {mark["kind"] for mark in chart.evaluate(MARKS)} >= {"change"}
        assert {mark["kind"] for mark in chart.evaluate(MARKS)} & {"buy", "sell"}

        chart.wait_for_timeout(1_000)  # that there is something before and after it
        decided.first.get_by_role("button", name="On the charts").press("Enter")
        words, spans = chart.locator("[data-chosen=words]"), chart.locator("#chosen-change")
        expect(words).to_have_text(
            re.compile(rf"^Version {eager} of Order Book Skew on {SWING}, at .*: \d+ s before and after it")
        )
        expect(spans).to_have_text(re.compile(r"Signals an hour[\d,.]+ → [\d,.]+"))
        before, after = chart.evaluate(SHADED)
        assert 0 < before == pytest.approx(after, abs=1)
        chart.set_viewport_size(PHONE)
        fits(chart, PHONE["width"])
        chart.set_viewport_size(DESKTOP)
        chart.reload()  # it stands in the address
        expect(words).to_have_text(re.compile(rf"^Version {eager} of "))
        chart.locator("#price-chart").click(position=chart.evaluate(AT_CHANGE))
        expect(spans).to_be_hidden()

        save(page, desk, min_total_volume=10, buy_threshold=2.1, sell_threshold=0.4)
        expect(decided.first).to_contain_text("Smallest total volume inherited → 10")
        page.wait_for_timeout(1_000)  # what was decided before has been sent by then
        silent_since = skewed(desk)
        page.wait_for_timeout(3_000)  # eager, it would have sent several
        assert skewed(desk) == silent_since

        save(page, desk, min_total_volume=5, buy_threshold=1.9, sell_threshold=0.6)
        until(lambda: skewed(desk) != silent_since, "eager again")
        decide(page, desk, "halt", "odd books")
        expect(decided.first).to_contain_text(f"Halted: Order Book Skew on {SWING}")
        halted_at = skewed(desk)
        page.wait_for_timeout(3_000)
        assert skewed(desk) == halted_at

        decide(page, desk, "resume", "books are fine")
        expect(decided.first).to_contain_text(f"Resumed: Order Book Skew on {SWING}")
        until(lambda: skewed(desk) != halted_at, "signals come again")
        kinds = [mark["kind"] for mark in chart.evaluate(MARKS) if mark["kind"] not in ("buy", "sell")]
        assert set(kinds) == {"change", "halt", "resume"}
        assert len(kinds) == len(decided.all())


def decide(page: Page, desk: Market, verb: str, reason: str) -> None:
    """Halt or resume the skew strategy on the swinging symbol, and see it acknowledged."""
    page.goto(f"{desk.url}/admin/{verb}/?strategy=orderbook_skew&symbol={SWING}")
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name=verb.capitalize(), exact=True).click()
    done = {
        "halt": "The halts are applied in 1 of 1 process.",
        "resume": "Signals are sent from 1 of 1 process.",
    }
    expect(page.locator("#acknowledged")).to_have_text(done[verb])


HELD_BACK = re.compile(r"held back: halt of everything since \d\d:\d\d:\d\d UTC$")


def test_a_halt_stops_signals_until_it_is_resumed(page: Page, desk: Market):
    log_in(page, desk)
    page.get_by_role("link", name="Halt…").click()
    page.get_by_label("Reason").fill("odd books")
    page.get_by_role("button", name="Halt", exact=True).click()
    expect(page.locator("#acknowledged")).to_have_text("The halts are applied in 1 of 1 process.")
    expect(page.locator(".state-chip")).to_have_text(["HALTED"] * 6)
    last = newest(desk)
    page.goto(f"{desk.url}/signals/")
    page.mouse.move(0, 0)
    expect(page.get_by_text("Halted: everything.")).to_be_visible()
    page.wait_for_timeout(3_000)  # as long as it takes for many signals to be sent, were they sent
    assert newest(desk) == last
    halted = page.locator('.signal[data-fate="halted"]').first
    expect(halted.locator(".signal-fate").first).to_have_text(HELD_BACK)
    newest_shown = page.locator("#signals [data-id]").first
    seen = newest_shown.get_attribute("data-id") or ""
    expect(newest_shown).not_to_have_attribute("data-id", seen)
    expect(newest_shown.locator(".signal-fate")).to_have_text(HELD_BACK)
    page.get_by_label("What became of it").select_option("Sent")
    page.wait_for_url("**state=sent**")
    expect(newest_shown).to_have_attribute("data-id", last)
    expect(page.locator(".signal-fate")).to_have_count(0)
    page.goto(f"{desk.url}/admin/")
    page.get_by_role("link", name="of everything").click()
    expect(newest_shown.locator(".signal-fate")).to_have_text(HELD_BACK)
    page.goto(f"{desk.url}/admin/")
    page.get_by_role("link", name="Resume everything").click()
    expect(page.locator("section").get_by_role("link", name="of everything")).to_be_visible()
    page.get_by_label("Reason").fill("books are fine")
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator("#acknowledged")).to_have_text("Signals are sent from 1 of 1 process.")
    until(lambda: newest(desk) != last, "signals leave again")


ASKED = "/admin/strategies/orderbook_skew/global/"
CONFIG = "/api/v1/strategies/orderbook_skew/config"
VIEWER = f"""
from django.contrib.auth.models import Group, User
user = User.objects.create_user("vera", password="{PASSWORD}", is_staff=True)
user.groups.add(Group.objects.get(name="Viewers"))
"""


WOULD_GO = re.compile(r"^With these values [1-9][\d,]* of [\d,]+ signals would go, and [\d,]+ would come\. ")
NOT_YET = re.compile("^(It cannot be judged: |No process answers such questions: )")


def is_judged(page: Page) -> bool:
    """Has it been answered, over a span with signals that go? Asks again where nobody does yet, or the journal is too
    short."""
    panel = page.locator("#what-if")
    expect(panel).to_have_attribute("aria-busy", "false", timeout=60_000)
    if panel.get_by_text(WOULD_GO).count():
        return True
    if panel.locator(".what-if-calm").is_visible():
        expect(panel.locator(".what-if-calm")).to_have_text(NOT_YET)
    page.wait_for_timeout(3_000)  # each question starts a process
    panel.get_by_role("button", name="Ask again").click()
    return False


DOUBTED = msgspec.json.encode(
    Answer(
        id=None,
        strategy_id="orderbook_skew",
        symbol=None,
        parameters={},
        replace=True,
        since=1e9,
        until=1e9 + 300,
        warmed_up_from=1e9 - 60,
        messages=1,
        compared=compared([], []),
        agreement=Agreement(
            ledger=6, replayed=0, both=0, is_poor=True, sentence="Of the 6 signals in the ledger none."
        ),
        notes=["Do not go by these figures."],
    )
)
"""What is answered where a replay has little to do with what there was."""
NOBODY = "No process answers such questions: start `manage.py run_what_if`."


def test_where_nobody_answers_a_sentence_says_so_and_it_can_be_asked_again(page: Page, desk: Market):
    log_in(page, desk)
    page.goto(desk.url + ASKED)
    panel = page.locator("#what-if")
    said, again = panel.locator(".what-if-calm"), panel.get_by_role("button", name="Ask again")
    page.get_by_role("textbox", name="buy_threshold").fill("3")
    with desk.judge.stopped():
        page.get_by_role("button", name="What if").click()
        expect(said).to_have_text(NOBODY)
        expect(again).to_be_visible()
        expect(page.get_by_role("textbox", name="buy_threshold")).to_have_value("3")

    def is_heard() -> bool:
        again.click()
        expect(panel).to_have_attribute("aria-busy", "false", timeout=60_000)
        return said.is_hidden() or said.inner_text() != NOBODY

    until(is_heard, "somebody answers", 30)
    page.route("**/what-if", lambda route: route.fulfill(body=DOUBTED + b"\n", content_type="text/x-ndjson"))
    again.click()
    answer = panel.locator("[data-what-if=answer]")
    expect(answer.locator("> p").first).to_have_text("Do not go by these figures.")
    expect(answer.get_by_text("Do not go by these figures.")).to_have_count(1)
    expect(panel.get_by_text("Of the 6 signals in the ledger none.")).to_be_visible()


@pytest.mark.timeout(300)
def test_values_are_tried_saved_and_seen_at_work(page: Page, desk: Market, complaints: Complaints):
    """What they would have done, what goes and what stays; saved, the page of the change tells it, and fills in what it
    did. Who may not save may try."""
    page.emulate_media(reduced_motion="reduce")
    log_in(page, desk)
    page.goto(desk.url + ASKED)
    assert page.evaluate(WHAT_IF) == WHAT_IT_SAYS
    in_force = page.locator("[data-in-force]").first
    expect(in_force).to_have_text(re.compile(r"^In force in 1 of 1 process"))
    config = desk.url + CONFIG
    version = page.request.get(config).json()["data"]["version"]
    panel, field = page.locator("#what-if"), enter(page)
    field.fill("1e400")
    page.get_by_role("button", name="What if").click()
    beside = page.locator("#what-if-beside")
    expect(beside).to_have_text(
        re.compile("^Nothing is asked. Buy threshold must be a number, got 1e400; allowed: ")
    )
    expect(field).to_be_focused()
    expect(panel).to_be_hidden()
    field.fill("3")
    page.get_by_role("button", name="What if").click()
    counts = judged(page)
    expect(beside).to_have_text("")
    assert counts["In force"] == counts["Stay"] + counts["Go"]
    assert counts["With these values"] == counts["Stay"] + counts["Come"]
    assert panel.locator(".what-if-mark[data-becomes=gone]").count() > 0
    panel.locator(".what-if-why summary").first.click()
    expect(panel.locator(".what-if-why p").first).to_have_text(re.compile("quantity"))

    stale = panel.get_by_text("This is about other values than those entered now.")
    expect(stale).to_be_hidden()
    field.fill("2.9")
    expect(stale).to_be_visible()
    expect(page.get_by_text("The what-if below is about other values.")).to_be_visible()  # beside its key
    field.fill(" 3.0 ")  # the same value
    expect(stale).to_be_hidden()
    page.get_by_label("Reason").fill("fewer signals")
    summary = re.compile("What if these values: asked at .* would come")
    expect(page.locator("#preview")).to_contain_text(summary)
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url == page.url):
        field.press("Enter")  # previews, beside the answer
    expect(page.locator("#preview")).to_contain_text(summary)
    assert page.request.get(config).json()["data"]["version"] == version
    shown = panel.locator(".what-if-answer")
    expect(shown).not_to_have_attribute("data-before", "")
    panel.get_by_role("button", name="Ask again").click()
    expect(shown).to_have_attribute("data-before", "")
    page.keyboard.press("Escape")
    expect(panel.locator(".what-if-calm")).to_have_text("Cancelled.")
    expect(panel.get_by_text("What stands below was answered before")).to_be_visible()
    panel.get_by_text("By symbol", exact=True).click()
    panel.locator("tbody").evaluate_all(FEW)
    is_open_to_all(page)
    fits(page, PHONE["width"])
    assert page.evaluate(BELOW_ITS_END) < 1  # what is hidden in a scrolled table makes no page longer
    page.set_viewport_size(DESKTOP)

    panel.get_by_role("link", name="Past this list, to the sweep").press("Enter")
    expect(panel.get_by_label("Sweep")).to_be_focused()
    expect(panel.get_by_label("Sweep")).to_have_value("buy_threshold")  # it is what was changed
    values = panel.get_by_label("in so many values")
    values.fill("1e999")
    panel.get_by_role("button", name="Sweep").click()
    expect(values).to_be_focused()
    expect(panel.get_by_role("alert").filter(has_text="must be a number")).to_be_visible()
    values.fill("3")
    panel.get_by_role("button", name="Sweep").click()
    expect(panel.locator(".what-if-summary")).to_have_text(
        re.compile("^Buy threshold from 1.2 to 3 ratio, all else as in force. What is in force brings"),
        timeout=60_000,
    )
    panel.get_by_role("button", name="Put into the field 2.1").click()
    expect(field).to_have_value("2.1")
    expect(field).to_be_focused()
    expect(panel.get_by_text("2.1 stands in the field Buy threshold now.").first).to_be_in_viewport()
    expect(stale).to_be_hidden()  # a sweep is about all others
    assert page.request.get(config).json()["data"]["version"] == version

    field.fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="What it did").first).to_be_visible()
    expect(in_force).to_have_text(IN_FORCE_SINCE)
    what_it_did(page, desk, counts)
    say(page, desk, "orderbook_skew/config", parameters={}, replace=True, reason="as it was")

    page.goto("about:blank")
    page.context.clear_cookies()
    do(desk, VIEWER)
    log_in(page, desk, "vera")
    page.goto(desk.url + ASKED)
    expect(field).to_have_count(0)
    page.get_by_role("link", name="What if").click()
    complaints.expected.append("400 (Bad Request)")
    enter(page).fill("1,5")
    field.press("Enter")
    expect(panel.locator(".what-if-calm")).to_have_text("It cannot be asked: Buy threshold must be a number.")
    enter(page).press("Enter")
    expect(panel.locator(".what-if-calm")).to_be_hidden()
    assert judged(page)["Go"] > 0
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    refused = page.request.post(config, data={"parameters": {"top_levels": 3}}, headers=csrf(page))
    assert refused.status == 403
    page.get_by_role("link", name="Back to the values in force").click()
    expect(field).to_have_count(0)


def enter(page: Page) -> Locator:
    """Fills in what is asked about; nothing is asked yet."""
    field = page.get_by_role("textbox", name="buy_threshold")
    field.fill("3")
    page.get_by_label("over the last").select_option("5 minutes")
    return field


def judged(page: Page) -> dict[str, int]:
    """Signals by what becomes of them, once it has been answered."""
    until(lambda: is_judged(page), "the journal is long enough", 150)
    panel = page.locator("#what-if")
    expect(panel.locator(".what-if-summary")).to_have_text(WOULD_GO)
    expect(panel.get_by_text(re.compile("^Judged: .* warmed up from"))).to_be_visible()
    figures = panel.get_by_role("table", name=re.compile("^Signals in force and with these values"))
    return {
        row.get_by_role("rowheader").inner_text(): int(
            row.get_by_role("cell").first.inner_text().replace(",", "")
        )
        for row in figures.get_by_role("row").all()[1:]
    }


def what_it_did(page: Page, desk: Market, counts: dict[str, int]) -> None:
    """The page of the change, and the ways to it: what was asked before, and what fills in."""
    bell, unheard = page.locator("#bell"), re.compile("not heard yet|connecting")
    page.clock.install()
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/")
    day = page.locator("#strategy-day")
    expect(day.locator("path[data-kind=change]")).not_to_have_count(0)
    expect(bell).not_to_have_attribute("aria-label", unheard)  # a page that is left has its sockets open
    day.get_by_role("link", name=re.compile("Order Book Skew on all symbols: Buy threshold .* → 3 ")).click()
    figures = page.get_by_role("table", name=re.compile("^What-if of these values. Asked at"))
    assert [row.get_by_role("cell").first.inner_text() for row in figures.get_by_role("row").all()[1:]] == [
        f"{counts[which]:,}" for which in ("In force", "With these values", "Go", "Come")
    ]
    expect(page.get_by_role("heading", name=re.compile("so far before and after"))).to_be_visible()
    expect(page.locator(".effect-notes")).to_contain_text("24 hours: fills in until ")
    spans = page.locator(".rates-words").first
    seen = spans.inner_text()
    page.clock.fast_forward(16_000)
    expect(spans).not_to_have_text(seen)
    is_open_to_all(page)
    fits(page, PHONE["width"])
    expect(bell).not_to_have_attribute("aria-label", unheard)
    page.get_by_role("link", name="History of this level").click()
    expect(page.locator(".effect-line").first).to_have_text(
        re.compile(r"^What it did.* → [\d,.]+ signals an hour.* so far$")
    )
    fits(page, PHONE["width"])
    expect(bell).not_to_have_attribute("aria-label", unheard)
    page.set_viewport_size(DESKTOP)


BELOW_ITS_END = "document.documentElement.scrollHeight - document.body.getBoundingClientRect().height"
FEW = "bodies => bodies.flatMap(body => [...body.rows].slice(5)).forEach(row => row.remove())"
"""Rows are alike, and axe-core looks at each."""
WHAT_IF = """
async () => {
  const { valueOf } = await import("/static/desk/js/entered.js");
  const { endsAround, valuesBetween } = await import("/static/desk/js/what_if/sweep_control.js");
  const { summaryOf } = await import("/static/desk/js/what_if/words.js");
  const tally = (signals, known, bps) => ({ signals, halted: 0, known: { "5m": known }, mean_bps: { "5m": bps } });
  const none = tally(0, 0, null);
  const two = tally(2, 2, 1);
  const same = { gone: 0, new: 0, changed: 0, moved: 0 };
  return [
    [[" 1.60 "], [".5e1"], ["1,6"], ["1e400"]].map((texts) => valueOf("float", texts)),
    [valueOf("int", ["7"]), valueOf("bool", ["False"]), valueOf("str", [" "])],
    [["okx", "kraken, "], []].map((texts) => valueOf("list", texts)),
    [valuesBetween(1, 2, 5, false), valuesBetween(1, 3, 5, true)],
    [valuesBetween(1, 2, 3, false, [1.2, 5]), endsAround(1.2, 1.2, 1, 3), endsAround(0, 2, null, null)],
    summaryOf({ in_force: none, proposed: none, kinds: same, gone: none, stays: none, new: none }),
    summaryOf({ in_force: two, proposed: two, kinds: same, gone: none, stays: two, new: none }),
    summaryOf({
      in_force: tally(120), proposed: tally(101), kinds: { gone: 31, new: 12, changed: 0, moved: 1 },
      gone: tally(31, 31, -1.2), stays: tally(89, 80, 2.9), new: tally(12, 0, null),
    }),
  ];
}
"""
WHAT_IT_SAYS = [
    [1.6, 5, "1,6", "1e400"],
    [7, False, None],
    [["okx", "kraken"], None],
    [[1, 1.25, 1.5, 1.75, 2], [1, 2, 3]],
    [[1, 1.2, 1.5, 2], [1, 1.8], [-0.5, 2]],
    "Neither the values in force nor these bring a signal in this span.",
    "With these values nothing would be different: all 2 signals stay. "
    "After 5\xa0min it is known of fewer than 5 of the 2 that stay: too few for a mean.",
    "With these values 31 of 120 signals would go, and 12 would come. "
    "Of those that stay, 1 would come up to 5\xa0s earlier or later. "
    "After 5\xa0min the mid price had moved their way on average: the 31 that go −1.20\xa0bps, "
    "the 89 that stay +2.90\xa0bps (known of 80). That is not known yet of the 12 that come.",
]

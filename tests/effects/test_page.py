"""The page of a change: what it did in words and figures, what is still to come, and for whom it is."""

import pytest
from django.test import Client
from django.utils import timezone

from configuration.models import Change
from effects import words
from effects.effect import Effect
from metrics.models import MinuteRollup
from strategies.domain.outcomes import SPANS
from tests.desk.conftest import SignIn, text_of
from tests.effects.past import MINUTE, changed, decided, effect, long_kept, minute, moment
from what_if.models import WhatIfRecord

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("store", "nothing_set", "nobody_remembered"),
]


@pytest.fixture(autouse=True)
def _the_ledger_reaches_back(db: None) -> None:
    long_kept()


@pytest.fixture
def change() -> Change:
    return changed({"top_levels": 7}, "BTCUSDT")


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """The clock shows so many seconds after AT."""
    monkeypatch.setattr(timezone, "now", lambda: moment(seconds))


def heads(found: Effect) -> list[tuple[str, list[str]]]:
    return [(panel.title, panel.notes) for panel in words.panels(found)]


def lines(found: Effect) -> dict[str, tuple[str, str]]:
    first = words.panels(found)[0]
    return {line.label: (line.before, line.after) for line in [first.rate, *first.signals, *first.market]}


def test_lengths_that_are_alike_by_now_stand_once(change: Change):
    assert heads(effect(change, wait=5 * MINUTE)) == [
        (
            "5 min so far",
            [
                "15 minutes: fills in until 22:29 UTC.",
                "1 hour: fills in until 23:14 UTC.",
                "24 hours: fills in until 15 Nov, 22:14 UTC.",
            ],
        )
    ]
    assert [title for title, _ in heads(effect(change, wait=20 * MINUTE))] == ["15 minutes", "20 min so far"]
    assert heads(effect(change)) == [("15 minutes", []), ("1 hour", []), ("24 hours", [])]


def test_what_is_cut_says_by_what(change: Change):
    changed({"top_levels": 8}, "BTCUSDT", at=40 * MINUTE)
    assert heads(effect(change))[1] == (
        "40 min",
        ["1 hour and 24 hours: cut at the next change of this level."],
    )
    assert heads(effect(change, wait=20 * MINUTE))[1] == (
        "20 min so far",
        ["1 hour and 24 hours: fills in until 22:54 UTC, cut at the next change of this level."],
    )


def test_where_nothing_can_be_compared_no_figure_is_shown(change: Change, rita: Client):
    assert [title for title, _ in heads(effect(change, wait=0.0))] == ["Nothing to compare yet"]
    changed({"top_levels": 8}, "BTCUSDT", at=0.0)
    assert [title for title, _ in heads(effect(change))] == ["Nothing to compare"]
    assert "Signals per hour" not in text_of(rita.get(f"/admin/history/{change.history_id}/"))


def test_figures_are_those_of_either_side(change: Change):
    decided(-1.0, bps=-3.0)
    decided(1.0, 2.0, bps=1.5)
    MinuteRollup.objects.bulk_create([minute(-1), minute(0, pressure_mean=-8.0)])
    found = lines(effect(change))
    assert found["Signals per hour"] == ("4.0", "8.0")
    assert found["Moved their way in 5 min"] == ("−3.00", "+1.50")
    assert found["Moved their way in 1 min"] == ("–", "–")
    assert found["Net pressure"] == ("+5.00", "−8.00")
    assert (found["Minutes known"], found["sent"]) == (("1", "1"), ("1", "2"))
    assert "halted" not in found
    [quarter, *_] = words.panels(effect(change))
    assert (quarter.bar_before, quarter.bar_after) == (50, 100)


def test_it_says_of_what_the_figures_are(change: Change):
    assert words.counted(effect(change))[:2] == [
        "Counted are signals of Order Book Skew about BTCUSDT.",
        "The market is that of BTCUSDT.",
    ]
    decided(1.0, symbol="ETHUSDT")
    whole = effect(changed({"top_levels": 9}))
    assert words.counted(whole)[:2] == [
        "Counted are signals of Order Book Skew about all symbols but those that had values of their own of what was "
        "changed: BTCUSDT.",
        "The market is the mean of the symbols with the most signals: ETHUSDT.",
    ]


def test_of_many_symbols_the_first_are_named():
    assert words.named([f"S{number:02}" for number in range(15)]).endswith("S10, S11 and 3 more")


def test_the_history_leads_to_it_and_it_fills_in(
    change: Change,
    rita: Client,
    monkeypatch: pytest.MonkeyPatch,
):
    decided(-90.0, 60.0, 61.0)
    address = f"/admin/history/{change.history_id}/"
    for beside in ("/admin/history/", "/admin/strategies/orderbook_skew/"):
        assert f'href="{address}"' in rita.get(beside).content.decode()
    at(monkeypatch, 120.0)
    page = rita.get(address)
    assert "effects/js/effect.js" in page.content.decode()
    assert "What version 1 did" in text_of(page)
    assert "2 min so far before and after 15 minutes: fills in until 22:29 UTC." in text_of(page)
    at(monkeypatch, 900.0)
    part = rita.get(f"{address}?live")
    assert text_of(part).startswith("15 minutes before and after")
    assert "<title>" not in part.content.decode()
    at(monkeypatch, 2 * 86_400.0)
    assert "effects/js/effect.js" not in rita.get(address).content.decode()  # there is no more to come


def test_it_says_whose_change_it_was_and_what_was_inherited_before(rita: Client):
    changed({"buy_threshold": 1.4})
    mine = changed({"buy_threshold": 1.5}, "BTCUSDT", at=60.0)
    changed({"buy_threshold": 1.6}, at=120.0)
    page = text_of(rita.get(f"/admin/history/{mine.history_id}/"))
    assert "What version 1 did: Order Book Skew · BTCUSDT" in page
    assert "set these values, " in page
    assert "inherited 1.4 → 1.5 ratio" in page


def test_what_a_what_if_had_said_stands_in_the_units_of_what_came(change: Change, rita: Client):
    known = {"known": {"1m": 90, "5m": 3, "15m": 0}, "mean_bps": {"1m": -1.25, "5m": 2.0, "15m": None}}
    none = {"known": dict.fromkeys(SPANS, 0), "mean_bps": dict.fromkeys(SPANS)}
    WhatIfRecord.objects.create(
        strategy_id="orderbook_skew",
        symbol="BTCUSDT",
        values={"top_levels": 7},
        answered_at=moment(-60.0),
        since=moment(-660.0),
        until=moment(-60.0),
        in_force=5_696,
        proposed=5_600,
        gone=100,
        new=4,
        outcomes={"in_force": known, "proposed": known, "gone": none, "new": none},
        change_id=change.history_id,
    )
    page = text_of(rita.get(f"/admin/history/{change.history_id}/"))
    assert "Asked at 22:13 UTC, over 22:03 UTC to 22:13 UTC." in page
    assert (
        "In force then 5,696 34,176 −1.25 of 90 +2.00 of 3 With these values 5,600 33,600 −1.25 of 90" in page
    )
    assert "Would go 100 600 – – Would come 4 24 – –" in page
    assert "Moved their way in 15 min" not in page[: page.index("before and after")]


def test_it_leads_to_the_changes_beside_it_and_back(change: Change, rita: Client):
    after = changed({"top_levels": 8}, "BTCUSDT", at=60.0)
    page = rita.get(f"/admin/history/{change.history_id}/").content.decode()
    assert f'rel="next" href="/admin/history/{after.history_id}/"' in page
    assert f'href="/admin/history/{change.history_id}/revert/"' in page
    assert 'rel="prev"' not in page


def test_within_a_day_it_leads_to_the_charts_of_its_symbol(
    change: Change, rita: Client, monkeypatch: pytest.MonkeyPatch
):
    whole = changed({"top_levels": 8})
    for seconds, leads in ((60.0, True), (86_401.0, False)):
        at(monkeypatch, seconds)
        page = rita.get(f"/admin/history/{change.history_id}/").content.decode()
        assert (f'href="/symbols/BTCUSDT/?change={change.history_id}"' in page) == leads
    at(monkeypatch, 60.0)
    assert "?change=" not in rita.get(f"/admin/history/{whole.history_id}/").content.decode()


def test_what_is_no_change_is_not_found(rita: Client):
    for change_id in ("17", "9" * 40):
        page = rita.get(f"/admin/history/{change_id}/")
        assert (page.status_code, "Change not found" in text_of(page)) == (404, True)


def test_alerts_are_for_those_who_may_see_them_and_reverting_for_those_who_may(
    change: Change, sign_in: SignIn
):
    viewer = sign_in("Viewers")
    address = f"/admin/history/{change.history_id}/"
    page = viewer.get(address)
    assert "0 alerts fired before, 0 after." in text_of(page)
    assert "revert" not in page.content.decode()
    assert sign_in("Nobody's").get(address).status_code == 403

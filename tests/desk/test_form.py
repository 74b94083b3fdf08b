"""The form of a level: what is entered, what it shows, what it saves."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from configuration import reading, services
from configuration.domain.catalogue import CATALOGUE
from configuration.exceptions import ValidationFailed
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from desk import suggestions
from desk.words import in_words
from tests.desk.conftest import SKEW, SignIn, address, send, text_of
from what_if.models import WhatIfRecord

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SOMEBODY = Author(source=Source.COMMAND, name="somebody", reason="before")


def saved(symbol: str | None = None, strategy_id: str = SKEW) -> dict[str, Any]:
    own = reading.strategy(strategy_id).own(symbol)
    return dict(own.overrides) if own else {}


@pytest.mark.parametrize("strategy_id", CATALOGUE)
@pytest.mark.parametrize("symbol", [None, "BTCUSDT"])
def test_every_parameter_has_its_field_with_range_description_and_inherited_value(
    rita: Client, strategy_id: str, symbol: str | None
):
    response = rita.get(address(symbol, strategy_id=strategy_id))
    page = response.content.decode()
    for name in CATALOGUE[strategy_id].parameters:
        assert f'id="param-{name}"' in page
        assert f'id="inherit-{name}"' in page
    text = text_of(response)
    for parameter in CATALOGUE[strategy_id].parameters.values():
        assert parameter.description.split("'")[0] in text


def test_the_form_shows_where_the_inherited_value_comes_from(rita: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERBOOK_SKEW_TOP_LEVELS", "9")
    services.write(SKEW, None, {"buy_threshold": 1.5}, author=SOMEBODY)
    text = text_of(rita.get(address("BTCUSDT")))
    assert "inherits 9 environment, ORDERBOOK_SKEW_TOP_LEVELS" in text
    assert "inherits 1.5 all symbols" in text
    assert "inherits 0.8 default" in text


@pytest.mark.parametrize("group", ["Viewers", "Risk managers"])
def test_whoever_sees_a_level_is_shown_where_its_values_lie_in_the_market(sign_in: SignIn, group: str):
    services.write(SKEW, None, {"buy_threshold": 1.5}, author=SOMEBODY)
    page = sign_in(group).get(address("BTCUSDT")).content.decode()
    assert f'data-measured="/api/v1/strategies/{SKEW}/measured?symbol=BTCUSDT"' in page
    assert 'data-saved="1.5"' in page


def test_whoever_may_not_save_is_given_fields_to_try_values_in(sign_in: SignIn):
    viewer, rita = sign_in("Viewers"), sign_in("Risk managers")
    shown, tried = (viewer.get(f"{address('BTCUSDT')}{query}").content.decode() for query in ("", "?try"))
    assert f'href="{address("BTCUSDT")}?try"' in shown
    assert 'name="top_levels"' not in shown
    assert 'name="top_levels"' in tried
    asks = f'data-url="/api/v1/strategies/{SKEW}/what-if/BTCUSDT"'
    assert asks in tried
    assert 'value="save"' not in tried
    managed = rita.get(f"{address('BTCUSDT')}?try").content.decode()
    assert asks in managed
    assert 'value="save"' in managed


def test_a_change_that_needs_a_what_if_leads_to_its_key(rita: Client, settings: Any):
    settings.WHAT_IF_REQUIRED = "global"
    answer = send(rita, None, {"buy_threshold": "1.7"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert '<a href="#param-what_if">These values for all symbols need a what-if first' in page
    assert 'id="param-what_if"' in page
    assert 'value="1.7"' in page
    assert saved() == {}


def test_enter_in_a_field_previews_and_never_saves(rita: Client):
    """A browser presses the first submit button of a form, in the order of the page."""
    page = rita.get(address("BTCUSDT")).content.decode()
    form = page[page.index('id="level-form"') :]
    [first, *others] = re.findall(r'<button[^>]* type="submit"[^>]*>', form[: form.index("</form>")])
    assert 'value="preview"' in first
    assert sum('value="save"' in each for each in others) == 1


def test_who_has_saved_is_led_to_what_it_did(rita: Client):
    saved_as = send(rita, "BTCUSDT", {"top_levels": "8"}, reason="so")
    told = rita.get(saved_as["Location"]).content.decode()
    change = StrategyConfig.history.get()
    assert f'<a class="underline" href="/admin/history/{change.history_id}/">What it did</a>' in told


def test_a_save_that_is_refused_keeps_what_was_asked_of_these_values(rita: Client):
    asked = {"values": {"top_levels": 8}, "in_force": 1_200, "proposed": 1_100, "gone": 131, "new": 31}
    span = {"since": timezone.now() - timedelta(minutes=5), "until": timezone.now()}
    WhatIfRecord.objects.create(
        strategy_id=SKEW, symbol="BTCUSDT", answered_at=timezone.now(), **span, **asked
    )
    refused = send(rita, "BTCUSDT", {"top_levels": "8"}, reason="")
    assert refused.status_code == 400
    assert "131 of 1,200 signals would go, 31 would come." in text_of(refused)
    assert "would come" not in text_of(send(rita, "BTCUSDT", {"top_levels": "9"}, reason=""))


def test_what_no_one_may_change_alone_says_by_which_rule(rita: Client):
    page = rita.get(address("BTCUSDT")).content.decode()
    assert page.count('data-bound="Imbalance weight + Spread weight = 1"') == 2


def test_what_holds_until_something_is_saved_is_not_what_was_entered(rita: Client):
    entered = send(rita, "BTCUSDT", {"buy_threshold": "1.7"}, step="preview").content.decode()
    assert 'value="1.7"' in entered
    assert 'data-inherited="1.2" data-saved="1.2"' in entered


@pytest.mark.parametrize(
    ("strategy_id", "fields", "expected"),
    [
        (SKEW, {"top_levels": "12", "buy_threshold": "2"}, {"top_levels": 12, "buy_threshold": 2.0}),
        (SKEW, {"top_levels": "12.0", "buy_threshold": " 1.25 "}, {"top_levels": 12, "buy_threshold": 1.25}),
        (SKEW, {"sell_threshold": ".9", "base_confidence": "+7e-1"}, {"sell_threshold": 0.9, "base_confidence": 0.7}),
        ("trade_momentum", {"sell_threshold": "-0.5"}, {"sell_threshold": -0.5}),
        ("ticker_velocity", {"volume_confirmation": "false"}, {"volume_confirmation": False}),
        ("cross_exchange_spread", {"exchanges": ["okx", "kraken"]}, {"exchanges": ["okx", "kraken"]}),
    ],
)  # fmt: skip
def test_entries_are_saved_as_typed_values(
    rita: Client, strategy_id: str, fields: dict[str, Any], expected: dict[str, Any]
):
    response = send(rita, "BTCUSDT", fields, strategy_id=strategy_id, reason="typed")
    assert response.status_code == 302
    assert saved("BTCUSDT", strategy_id) == expected
    [change] = StrategyConfig.history.all()
    assert (change.actor, change.history_user, change.source, change.history_change_reason) == (
        "risk-managers",
        User.objects.get(),
        Source.ADMIN,
        "typed",
    )


def test_a_save_asks_eleven_things_of_the_database_three_of_them_who_asks_and_one_for_a_what_if(
    rita: Client, django_assert_num_queries: Any
):
    services.write(SKEW, "BTCUSDT", {"top_levels": 7}, author=SOMEBODY)
    form = {"_step": "save", "_opened": "own:1", "_reason": "deeper", "top_levels": "8", "buy_threshold": ""}
    with django_assert_num_queries(11):
        rita.post(address("BTCUSDT"), form)
    assert saved("BTCUSDT") == {"top_levels": 8}


def test_what_was_not_touched_stays_and_an_emptied_field_inherits_again(rita: Client):
    services.write(SKEW, None, {"top_levels": 7, "buy_threshold": 1.5}, author=SOMEBODY)
    send(rita, None, {"top_levels": "", "base_confidence": "0.8"})
    assert saved() == {"buy_threshold": 1.5, "base_confidence": 0.8}


def test_a_level_that_sets_nothing_any_more_is_removed(rita: Client):
    services.write(SKEW, "BTCUSDT", {"top_levels": 7}, author=SOMEBODY)
    send(rita, "BTCUSDT", {"top_levels": ""})
    assert not StrategyConfig.objects.exists()
    assert [change.action for change in StrategyConfig.history.all()] == ["DELETE", "CREATE"]


"""Who is tied to whom by a rule: both are marked when it is broken."""

REFUSED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"top_levels": "true"}, {"top_levels": "true"}),
    ({"top_levels": "5.5"}, {"top_levels": 5.5}),
    ({"top_levels": "1_0"}, {"top_levels": "1_0"}),
    ({"top_levels": "٣"}, {"top_levels": "٣"}),
    ({"top_levels": "100000"}, {"top_levels": 100000}),
    ({"top_levels": "-5"}, {"top_levels": -5}),
    ({"top_levels": "9" * 5000}, {"top_levels": float("inf")}),
    ({"buy_threshold": "nan"}, {"buy_threshold": float("nan")}),
    ({"buy_threshold": "inf"}, {"buy_threshold": float("inf")}),
    ({"buy_threshold": "1e999"}, {"buy_threshold": float("inf")}),
    ({"buy_threshold": "1,5"}, {"buy_threshold": "1,5"}),
    ({"buy_threshold": "0x2"}, {"buy_threshold": "0x2"}),
    ({"imbalance_weight": "0.9"}, {"imbalance_weight": 0.9}),
    ({"sell_threshold": "1", "buy_threshold": "1"}, {"sell_threshold": 1, "buy_threshold": 1}),
    ({"nope": "1"}, {"nope": "1"}),
    ({"top_levels": "x", "buy_threshold": "9", "nope": "1"}, {"top_levels": "x", "buy_threshold": 9, "nope": "1"}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "parameters"), REFUSED)
@pytest.mark.parametrize("step", ["save", "preview"])
def test_refusals_are_those_of_the_service_and_nothing_is_saved(
    rita: Client, fields: dict[str, Any], parameters: dict[str, Any], step: str
):
    with pytest.raises(ValidationFailed) as refusal:
        services.write(SKEW, None, parameters, author=SOMEBODY)
    response = send(rita, None, fields, step=step)
    assert response.status_code == 400
    page, text = response.content.decode(), text_of(response)
    for problem in refusal.value.problems:
        assert in_words(problem.message) in text
        for field in CATALOGUE[SKEW].parameters.keys() & problem.fields:
            at_field = page.partition(f'id="error-{field}"')[2].partition("</p>")[0]
            assert escape(in_words(problem.reason)) in at_field
    marked = set(re.findall(r'id="param-(\w+)"[^>]*aria-invalid="true"', page))
    told_at = {field for problem in refusal.value.problems for field in problem.fields}
    assert marked == told_at - {"nope"}
    assert not StrategyConfig.history.exists()


@pytest.mark.parametrize(
    "fields", [{"exchanges": ["okx"]}, {"exchanges": ["okx", "okx"]}, {"exchanges": ["mtgox", "okx"]}]
)
def test_lists_are_judged_by_the_service(rita: Client, fields: dict[str, Any]):
    strategy_id = "cross_exchange_spread"
    with pytest.raises(ValidationFailed) as refusal:
        services.write(strategy_id, None, fields, author=SOMEBODY)
    assert in_words(refusal.value.problems[0].message) in text_of(
        send(rita, None, fields, strategy_id=strategy_id)
    )


def test_a_global_change_that_would_break_a_symbol_names_it(rita: Client):
    services.write(SKEW, "BTCUSDT", {"sell_threshold": 1.0}, author=SOMEBODY)
    response = send(rita, None, {"buy_threshold": "1"})
    assert response.status_code == 400
    at_field = response.content.decode().partition('id="error-buy_threshold"')[2].partition("</p>")[0]
    assert "BTCUSDT: Sell threshold &lt; Buy threshold must hold" in at_field
    assert StrategyConfig.history.count() == 1


@pytest.mark.parametrize("symbol", ["B", "BTC USDT", "BTC;USDT", "Ä" * 3, "A" * 33])
def test_an_odd_symbol_is_refused_in_the_words_of_the_service(rita: Client, symbol: str):
    with pytest.raises(ValidationFailed) as refusal:
        services.write(SKEW, symbol, {"top_levels": 3}, author=SOMEBODY)
    response = rita.post(
        address(symbol), {"_step": "save", "_reason": "x", "top_levels": "3", "_opened": "own:0"}
    )
    assert response.status_code == 400
    assert in_words(refusal.value.problems[0].message) in text_of(response)
    followed = rita.get(f"/admin/strategies/{SKEW}/override/", {"symbol": symbol}, follow=True)
    assert in_words(refusal.value.problems[0].message) in text_of(followed)


def test_an_unknown_strategy_is_not_found(rita: Client):
    for where in (
        address(strategy_id="nope"),
        "/admin/strategies/nope/",
        address("BTCUSDT", "copy/", "nope"),
    ):
        response = rita.get(where)
        assert response.status_code == 404
        assert "Strategy not found: nope" in text_of(response)


def test_a_reason_is_required(rita: Client):
    response = send(rita, None, {"top_levels": "9"}, reason="   ")
    assert response.status_code == 400
    assert "Give a reason" in text_of(response)
    assert not StrategyConfig.history.exists()


def test_saving_nothing_new_is_no_change(rita: Client):
    services.write(SKEW, None, {"top_levels": 7}, author=SOMEBODY)
    response = send(rita, None, {"top_levels": "7.0"})
    assert response.status_code == 400
    assert "Nothing is different" in text_of(response)
    assert StrategyConfig.history.count() == 1


def test_a_preview_shows_before_and_after_and_whom_it_reaches(rita: Client):
    services.write(SKEW, "BTCUSDT", {"buy_threshold": 1.6}, author=SOMEBODY)
    services.write(SKEW, "ETHUSDT", {"top_levels": 3}, author=SOMEBODY)
    response = send(rita, None, {"top_levels": "9", "buy_threshold": "1.5"}, step="preview")
    assert response.status_code == 200
    text = text_of(response)
    assert "top_levels 5 levels default 9 levels all symbols" in text
    assert "buy_threshold 1.2 ratio default 1.5 ratio all symbols" in text
    assert "change too: BTCUSDT , ETHUSDT" in text
    assert "BTCUSDT keeps its own Buy threshold, 1.6" in text
    assert StrategyConfig.history.count() == 2


def test_the_live_preview_is_a_fragment_with_an_error_place_for_each_field(rita: Client):
    response = send(rita, None, {"top_levels": "99"}, step="preview", headers={"HX-Request": "true"})
    page = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in page
    assert page.count('hx-swap-oob="true"') == len(CATALOGUE[SKEW].parameters) + 1  # and the bar below
    assert "must be at most 20; allowed" in page


def test_a_collision_shows_both_sides_and_saves_neither_again(rita: Client):
    services.write(SKEW, "BTCUSDT", {"top_levels": 7, "buy_threshold": 1.5}, author=SOMEBODY)
    services.write(SKEW, "BTCUSDT", {"top_levels": 8, "base_confidence": 0.9}, author=SOMEBODY)
    fields = {"top_levels": "6", "buy_threshold": "1.5", "base_confidence": "", "spread_weight": "0.4"}
    response = send(rita, "BTCUSDT", fields, opened="own:1")
    assert response.status_code == 409
    text = text_of(response)
    assert "somebody saved this while you were editing." in text
    assert "top_levels changed by both; yours would replace theirs 7 8 6" in text
    assert "base_confidence inherits 0.9 not touched" in text
    assert "spread_weight inherits inherits 0.4" in text
    assert StrategyConfig.history.count() == 2

    page = response.content.decode()
    for name, value in {
        "top_levels": "6",
        "buy_threshold": "1.5",
        "base_confidence": "0.9",
        "spread_weight": "0.4",
    }.items():
        assert f'name="{name}" value="{value}"' in page
    assert 'name="_opened" value="own:2;' in page


def test_what_one_saved_oneself_in_another_window_is_not_somebody_elses(rita: Client):
    services.write(SKEW, "BTCUSDT", {"top_levels": 7}, author=SOMEBODY)
    send(rita, "BTCUSDT", {"top_levels": "8"})
    text = text_of(send(rita, "BTCUSDT", {"top_levels": "6"}, opened="own:1"))
    assert "You saved this in another window while you were editing here." in text
    assert "changed in both; what you entered here would replace it 7 8 6" in text
    assert "theirs" not in text
    preview = send(
        rita, "BTCUSDT", {"top_levels": "6"}, step="preview", opened="own:1", headers={"HX-Request": "true"}
    )
    answer = text_of(preview)
    assert "You saved this in another window meanwhile. Save or preview to see what you changed" in answer


MARCO, LENA = (Author(source=Source.API, name=name) for name in ("marco", "lena"))


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ([MARCO, LENA], "lena, marco and you"),
        ([MARCO], "marco and you"),
    ],
)
def test_everybody_who_saved_meanwhile_is_named(rita: Client, others: list[Author], words: str):
    services.write(SKEW, "BTCUSDT", {"top_levels": 7}, author=SOMEBODY)
    send(rita, "BTCUSDT", {"top_levels": "8"})
    for number, author in enumerate(others, 9):
        services.write(SKEW, "BTCUSDT", {"top_levels": number}, author=author)
    text = text_of(send(rita, "BTCUSDT", {"top_levels": "6"}, opened="own:1"))
    assert f"{words} saved this while you were editing." in text


def test_what_one_saved_with_a_token_was_no_window(rita: Client):
    services.write(SKEW, "BTCUSDT", {"top_levels": 7}, author=SOMEBODY)
    own = Author(source=Source.API, user=User.objects.get(username="risk-managers"))
    services.write(SKEW, "BTCUSDT", {"top_levels": 8}, author=own)
    text = text_of(send(rita, "BTCUSDT", {"top_levels": "6"}, opened="own:1"))
    assert "You saved this while you were editing here." in text


@pytest.mark.parametrize("symbol", ["BTCUSDT", None])
def test_a_first_value_collides_with_another_first_value(rita: Client, symbol: str | None):
    """The version REST shows for a symbol without values is the global one: it must not hide this."""
    services.write(SKEW, None, {"base_confidence": 0.9}, author=SOMEBODY)
    services.write(SKEW, "BTCUSDT", {"top_levels": 7}, author=SOMEBODY)
    assert send(rita, symbol, {"top_levels": "6"}, opened="own:0").status_code == 409
    assert StrategyConfig.history.count() == 2


def test_a_level_removed_meanwhile_is_a_collision_too(rita: Client):
    services.write(SKEW, None, {"base_confidence": 0.9}, author=SOMEBODY)
    services.write(SKEW, "BTCUSDT", {"top_levels": 7}, author=SOMEBODY)
    services.delete(SKEW, "BTCUSDT", author=SOMEBODY)
    response = send(rita, "BTCUSDT", {"top_levels": "6"}, opened="own:1")
    assert response.status_code == 409
    assert "top_levels changed by both; yours would replace theirs 7 inherits 6" in text_of(response)


def test_putting_mine_on_top_opens_the_form_and_then_saves(rita: Client):
    services.write(SKEW, "BTCUSDT", {"top_levels": 8}, author=SOMEBODY)
    fields = {"top_levels": "6", "spread_weight": "0.4"}
    response = send(rita, "BTCUSDT", fields, step="edit")
    assert response.status_code == 200
    assert 'value="6"' in response.content.decode()
    assert "top_levels 8 levels this symbol 6 levels this symbol" in text_of(response)
    send(rita, "BTCUSDT", fields)
    assert saved("BTCUSDT") == {"top_levels": 6, "spread_weight": 0.4}


@pytest.mark.parametrize(
    ("strategy_id", "fields", "words"),
    [
        (SKEW, {"top_levels": "99"}, "must be at most 20; allowed: 1 to 20 levels"),
        (SKEW, {"top_levels": "many"}, "must be a whole number, got many; allowed: 1 to 20 levels"),
        (SKEW, {"top_levels": "many"}, "Top levels must be a whole number "),
        ("ticker_velocity", {"volume_confirmation": "perhaps"}, "Volume confirmation must be true or false "),
        ("cross_exchange_spread", {"exchanges": ["kraken"]}, "Exchanges must have at least 2 entries"),
        (SKEW, {"buy_threshold": "3.5"}, "Buy threshold must be at most 3 "),
        (SKEW, {"buy_threshold": "1,35"}, "Buy threshold must be a number; use a point: 1.35 "),
        (SKEW, {"buy_threshold": "1,5"}, "got 1,5; use a point: 1.5; allowed: 1 to 3 ratio"),
        ("btc_dominance", {"window_hours": "2"}, "must be at least 12; allowed: 12 to 72 hours"),
        ("cross_exchange_spread", {"exchanges": ["kraken"]}, "got 1; allowed: at least 2"),
    ],
)
def test_an_error_shows_in_words_what_is_allowed_with_its_unit(
    rita: Client, strategy_id: str, fields: dict[str, Any], words: str
):
    response = send(rita, None, fields, strategy_id=strategy_id)
    assert response.status_code == 400
    assert words in text_of(response)


def test_a_rule_broken_for_many_symbols_is_reported_once_at_each_field_and_named_for_each_above(rita: Client):
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
        services.write(SKEW, symbol, {"sell_threshold": 1.0, "buy_threshold": 1.1}, author=SOMEBODY)
    services.write(SKEW, None, {"buy_threshold": 1.5}, author=SOMEBODY)
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
        services.write(SKEW, symbol, {"buy_threshold": None}, author=SOMEBODY)
    page = send(rita, None, {"buy_threshold": "1.0"}).content.decode()
    for name in ("sell_threshold", "buy_threshold"):
        at_field = page.partition(f'id="error-{name}"')[2].partition("</p>")[0]
        assert at_field.count("must hold") == 1
        assert "BTCUSDT: " in at_field
        assert "and for 2 other symbols" in at_field
    above = page.partition('id="problems"')[2].partition("</div>")[0]
    assert all(f"{symbol}: Sell threshold" in above for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT"))


def test_a_symbol_typed_with_blanks_and_small_letters_is_opened(rita: Client):
    response = rita.get(f"/admin/strategies/{SKEW}/override/", {"symbol": "  btcusdt "})
    assert response.headers["Location"] == address("BTCUSDT")


@pytest.mark.parametrize(
    ("tracked", "is_told"), [(["BTCUSDT"], True), (["BTCUSDT", "ETHUSDT"], False), ([], False)]
)
def test_a_symbol_no_feed_knows_is_reported_and_accepted(
    rita: Client, monkeypatch: pytest.MonkeyPatch, tracked: list[str], is_told: bool
):
    monkeypatch.setattr(suggestions, "tracked_symbols", lambda: tracked)
    assert ("ETHUSDT is not tracked now" in text_of(rita.get(address("ETHUSDT")))) is is_told
    assert send(rita, "ETHUSDT", {"top_levels": "9"}).status_code == 302


@pytest.fixture
def markets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.tracking.known_symbols", lambda: {"BTCUSDT", "ETHUSDT"})


@pytest.mark.usefixtures("markets")
def test_the_form_of_a_symbol_nobody_has_heard_of_asks_which_is_meant(rita: Client):
    opened = text_of(rita.get(address("BTCUSTD")))
    assert "nobody has heard of this symbol. BTCUSTD? You may mean: BTCUSDT" in opened
    assert "nobody has heard" not in text_of(rita.get(address("ETHUSDT")))
    refused = send(rita, "BTCUSTD", {"top_levels": "9"})
    assert refused.status_code == 400
    assert "Nothing is saved yet: nobody has heard of this symbol." in text_of(refused)
    assert refused.content.decode().partition("<main")[2].count('role="alert"') == 1
    assert 'value="9"' in refused.content.decode()
    assert not StrategyConfig.history.exists()
    assert send(rita, "BTCUSTD", {"top_levels": "9", "instead-BTCUSTD": "BTCUSTD"}).status_code == 302
    assert saved("BTCUSTD") == {"top_levels": 9}
    assert "nobody has heard" not in text_of(rita.get(address("BTCUSTD")))


@pytest.mark.usefixtures("markets")
def test_what_was_entered_goes_along_to_the_symbol_that_is_meant(rita: Client):
    services.write(SKEW, "BTCUSDT", {"top_levels": 7, "base_confidence": 0.9}, author=SOMEBODY)
    entered = {"top_levels": "9", "instead-BTCUSTD": "BTCUSDT"}
    to_it = send(rita, "BTCUSTD", entered)
    assert (to_it.status_code, to_it.headers["Location"]) == (307, address("BTCUSDT"))
    form = send(rita, "BTCUSDT", entered, opened="own:0")  # as the browser repeats it there
    assert form.status_code == 200
    assert "You meant BTCUSDT, not BTCUSTD; these values are for BTCUSDT." in text_of(form)
    assert "Order Book Skew · BTCUSDT" in text_of(form)
    assert "top_levels 7 levels this symbol 9 levels this symbol" in text_of(form)
    assert f'action="{address("BTCUSDT")}"' in form.content.decode()
    assert StrategyConfig.history.count() == 1
    saving = send(rita, "BTCUSDT", {"top_levels": "9"}, opened=form.context["draft"].opened)
    assert saving.status_code == 302
    assert saved("BTCUSDT") == {"top_levels": 9, "base_confidence": 0.9}


@pytest.mark.usefixtures("markets")
def test_choices_that_lead_round_in_a_circle_end_at_a_form(rita: Client):
    circle = {"instead-BTCUSTD": "BTCUSDT", "instead-BTCUSDT": "BTCUSTD"}
    assert send(rita, "BTCUSDT", {"top_levels": "9", **circle}).status_code == 200
    assert not StrategyConfig.history.exists()


@pytest.mark.usefixtures("markets")
def test_a_reason_and_the_symbol_are_asked_for_at_once(rita: Client):
    text = text_of(send(rita, "BTCUSTD", {"top_levels": "9"}, reason=""))
    assert "Give a reason" in text
    assert "nobody has heard of this symbol" in text


@pytest.mark.parametrize("opened", ["", "x", "-1", "1e3", "9" * 30])
def test_a_tampered_version_is_a_collision_not_an_error(rita: Client, opened: str):
    services.write(SKEW, None, {"top_levels": 7}, author=SOMEBODY)
    response = rita.post(address(), {"_step": "save", "_reason": "x", "_opened": opened, "top_levels": "9"})
    assert response.status_code == 409
    assert StrategyConfig.history.count() == 1

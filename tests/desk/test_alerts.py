"""The pages of alerts and of their rules: who may what, what stands there, and what is saved."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from alerts.domain.rules import NAME_LENGTH
from alerts.models import Alert, AlertRule, Channel, Message, Silence, Watch
from alerts.services import save_rule
from desk.alert_urls import urlpatterns
from metrics.models import MinuteRollup
from tests.alerts.factories import FIRED, SETUP, fired, rule, saved, saved_channel, silenced
from tests.desk.conftest import SignIn

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RULES = "/admin/alerts/rules/"
CHANNELS = "/admin/alerts/channels/"
CHANNEL = {"name": "Mails", "kind": "email", "address": "desk@example.com", "least_severity": "info"}
FORM = {
    "name": "Thin book",
    "watch": "depth_usd_10s",
    "symbols": "btcusdt eth*",
    "market": "",
    "comparison": "below",
    "threshold": "50000",
    "clear_at": "",
    "for_seconds": "60",
    "severity": "critical",
    "advice": "Widen the quotes.",
    "quiet_hours": "mon-fri 22:00-06:00, Sun 00:00-24:00",
    "is_enabled": "on",
}
NO_NATS: dict[str, Any] = {
    "name": "No NATS",
    "watch": "is_without_nats",
    "symbols": [],
    "entities": ["feed *"],
    "threshold": 0.5,
    "clear_at": None,
}
SAVE = {"_step": "save", "_reason": "thin since Friday"}


@pytest.fixture
def alert() -> Alert:
    """One that fires, with its rule."""
    return fired(saved())


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    return sign_in("Risk managers")


def words(answer: Any) -> str:
    text = answer.content.decode().partition('id="content"')[2] or answer.content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def said(answer: Any) -> list[str]:
    return [str(each) for each in get_messages(answer.wsgi_request)]


READS: dict[str, str] = {
    "alerts": "/admin/alerts/",
    "rules": RULES,
    "rule": f"{RULES}{{rule}}/",
    "new-rule": f"{RULES}new/",
    "channels": CHANNELS,
    "history": "/admin/alerts/history/",
}
SILENCE = "/admin/alerts/silences/new/"
OWN: dict[str, str] = {
    "channel": f"{CHANNELS}{{channel}}/",
    "new-channel": f"{CHANNELS}new/",
    "delete-channel": f"{CHANNELS}{{channel}}/delete/",
}
"""Read by who may write as well, and by nobody else."""
DEEDS: dict[str, tuple[str, dict[str, str]]] = {
    "acknowledge": ("/admin/alerts/{alert}/acknowledge/", {"note": "on it"}),
    "new-rule": (f"{RULES}new/", {**FORM, **SAVE}),
    "rule": (f"{RULES}{{rule}}/", {**FORM, **SAVE, "name": "Thinner", "_opened": "rule:1"}),
    "new-channel": (f"{CHANNELS}new/", {**CHANNEL, "_reason": "nights"}),
    "test-channel": (f"{CHANNELS}{{channel}}/test/", {}),
    "channel": (
        f"{CHANNELS}{{channel}}/",
        {**CHANNEL, "name": "Other", "_reason": "x", "_opened": "channel:1"},
    ),
    "delete-channel": (f"{CHANNELS}{{channel}}/delete/", {"_reason": "over", "_opened": "channel:2"}),
    "delete-rule": (f"{RULES}{{rule}}/delete/", {"_reason": "over", "_opened": "rule:2"}),
    "silence": (SILENCE, {"symbol": "ETHUSDT", "lasts": "3600", "_reason": "under repair"}),
    "end-silence": ("/admin/alerts/silences/{silence}/end/", {"_reason": "repaired"}),
}


def test_the_matrix_has_every_page():
    assert {each.name for each in urlpatterns} == {*READS, *OWN, *DEEDS}


def traces() -> tuple[int, ...]:
    """How much was ever done."""
    acknowledged, ended = Alert.objects.exclude(acknowledged_at=None), Silence.objects.exclude(ended_at=None)
    counted = (AlertRule.history, acknowledged, Channel.history, Message.objects, Silence.objects, ended)
    return tuple(each.count() for each in counted)


@pytest.mark.parametrize(
    ("group", "reads", "writes"),
    [
        ("Viewers", 200, 403),
        ("Risk managers", 200, 302),
        ("Administrators", 200, 302),
        ("Nobody's", 403, 403),
    ],
)
def test_viewers_read_and_risk_managers_decide(
    sign_in: SignIn, alert: Alert, group: str, reads: int, writes: int
):
    client = sign_in(group)
    mails = saved_channel(kind="email", address="desk@example.com", secret="")
    places = {
        "rule": alert.rule_id,
        "alert": alert.pk,
        "channel": mails.pk,
        "silence": silenced(symbol="LUNA*").pk,
    }
    for address in READS.values():
        assert client.get(address.format(**places)).status_code == reads, address
    for address in OWN.values():
        assert client.get(address.format(**places)).status_code == (200 if writes == 302 else 403), address
    for address, form in DEEDS.values():
        before = traces()
        assert client.post(address.format(**places), form).status_code == writes, address
        assert (traces() != before) is (writes == 302), address


def test_strangers_are_sent_to_the_log_in(client: Client, alert: Alert):
    for address in ("/admin/alerts/", RULES):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")
    client.post(f"/admin/alerts/{alert.pk}/acknowledge/", {})
    assert traces() == (1, 0, 0, 0, 0, 0)


def test_what_fires_stands_with_all_that_is_known_of_it_the_most_severe_first(manager: Client, alert: Alert):
    severe = saved(
        name="Silence", watch="age_seconds", threshold=10.0, clear_at=None, severity="critical", advice=""
    )
    fired(severe, "ETHUSDT", market="binance-usdm", fired_at=FIRED - timedelta(hours=1))
    text = words(manager.get("/admin/alerts/"))
    assert text.index("Critical ETHUSDT binance-usdm Silence") < text.index("Warning BTCUSDT binance Wide")
    assert "12.5 bps Spread above 10 bps; at worst 14 bps" in text
    assert "Look at the book." in text
    page = manager.get("/admin/alerts/").content.decode()
    assert "/symbols/ETHUSDT/?venue=binance&amp;form=usdm" in page


def test_an_alert_that_cannot_be_judged_says_since_when(manager: Client, alert: Alert):
    Alert.objects.update(unjudged_since=FIRED)
    assert "cannot be judged since 12:00:30" in words(manager.get("/admin/alerts/"))


def test_acknowledging_says_who_looks_after_it_and_why_it_was_not_done(manager: Client, alert: Alert):
    address = f"/admin/alerts/{alert.pk}/acknowledge/"
    assert manager.get(address).status_code == 405
    answer = manager.post(address, {"note": "asked the venue"})
    assert said(answer) == [f"Wide spread, BTCUSDT: acknowledged by {answer.wsgi_request.user}."]
    assert "“asked the venue”" in words(manager.get("/admin/alerts/"))
    fired(saved(name="Over"), resolved_at=FIRED, resolved_because="back")
    over = Alert.objects.get(rule_name="Over")
    answer = manager.post(f"/admin/alerts/{over.pk}/acknowledge/", {})
    assert said(answer)[-1].startswith("The alert does not fire any more")


def test_what_is_over_says_why(manager: Client, alert: Alert):
    Alert.objects.update(resolved_at=FIRED, resolved_because="market gone", acknowledged_by="rita")
    text = words(manager.get("/admin/alerts/"))
    assert "Nothing fires." in text
    assert "the market is no longer there; acknowledged by rita" in text


@pytest.mark.parametrize("path", ["/admin/alerts/", RULES, f"{RULES}1/", SILENCE])
def test_what_people_call_a_rule_is_text_on_every_page(manager: Client, path: str):
    hostile = "<img src=x onerror=alert(1)>{{ 6|add:7 }}{% debug %}"
    row = saved(name=hostile, advice=f"{hostile}\njavascript:alert(1)")
    alert = fired(row)
    silenced(rule=row.pk)
    manager.post(f"/admin/alerts/{alert.pk}/acknowledge/", {"note": hostile})
    page = manager.get(path.replace("/1/", f"/{row.pk}/")).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;{{ 6|add:7 }}{% debug %}" in page


def test_an_alert_leads_to_its_market_its_rule_halting_and_silencing(manager: Client, alert: Alert):
    page = unescape(manager.get("/admin/alerts/").content.decode())
    for address in (
        "/symbols/BTCUSDT/?venue=",
        f"{RULES}{alert.rule_id}/",
        "/admin/halt/?symbol=BTCUSDT",
        f"{SILENCE}?rule={alert.rule_id}",
        f"{SILENCE}?symbol=BTCUSDT",
        f"{SILENCE}?rule={alert.rule_id}&symbol=BTCUSDT",
    ):
        assert f'href="{address}' in page, address


def test_an_alert_about_no_market_says_what_it_is_about_and_leads_to_no_market(manager: Client):
    part = saved(**NO_NATS)
    fired(part, "", market="", entity="feed host/0/1", value_at_firing=1.0, worst_value=1.0)
    page = manager.get("/admin/alerts/")
    assert "Warning feed host/0/1 No NATS Look at the book. without NATS" in words(page)
    page_text = page.content.decode()
    assert f"/admin/alerts/silences/new/?rule={part.pk}" in page_text
    assert "/symbols/" not in page_text.partition('id="content"')[2]
    assert "?symbol=" not in page_text.partition('id="content"')[2]


def test_who_may_only_read_is_not_offered_to_silence_or_halt(sign_in: SignIn, alert: Alert):
    silenced(symbol="LUNA*")
    page = sign_in("Viewers").get("/admin/alerts/").content.decode()
    assert "LUNA*" in page
    for address in (SILENCE, "/end/", "/admin/halt/"):
        assert address not in page


def test_what_is_silenced_is_marked_and_not_counted_as_unattended(manager: Client, alert: Alert):
    fired(AlertRule.objects.get(), "ETHUSDT")
    opened = manager.get(f"{SILENCE}?rule={alert.rule_id}&symbol=BTCUSDT").content.decode()
    assert f'value="{alert.rule_id}" selected>Wide spread' in opened
    assert 'value="BTCUSDT"' in opened
    form = {"rule": alert.rule_id, "symbol": "btcusdt", "lasts": "14400", "_reason": "under repair"}
    answer = manager.post(SILENCE, form)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/alerts/")
    assert re.fullmatch(r"Silenced until \d+ \w+, \d\d:\d\d UTC: Wide spread · BTCUSDT\.", said(answer)[-1])
    text = words(manager.get("/admin/alerts/"))
    assert "Firing 2 1 of them unattended" in text
    assert text.count("silenced until") == 1
    assert "“under repair” risk-managers, just now" in text
    ending = f"/admin/alerts/silences/{Silence.objects.get().pk}/end/"
    assert said(manager.post(ending, {"_reason": " "}))[-1].startswith("Validation failed: reason must")
    assert said(manager.post(ending, {"_reason": "repaired"}))[-1].startswith("No longer silenced")
    assert said(manager.post(ending, {"_reason": "repaired"}))[-1].startswith("The silence is over already")
    assert "silenced until" not in words(manager.get("/admin/alerts/"))


def test_a_silence_may_end_at_a_time_of_day(manager: Client):
    until = timezone.now().replace(second=0, microsecond=0) + timedelta(days=2)
    form = {"symbol": "BTC*", "lasts": "3600", "until": f"{until:%Y-%m-%dT%H:%M}", "_reason": "a break"}
    assert manager.post(SILENCE, form).status_code == 302
    assert Silence.objects.get().until == until


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"symbol": ""}, "Rule: must be given, or a symbol, or a severity"),
        ({"symbol": "B!"}, "Symbol: must be 2 to 32 letters"),
        ({"rule": "99"}, "Rule: 99 cannot be chosen here."),
        ({"until": "soon"}, "Or until: must be a day and a time, in UTC"),
        ({"until": "2020-01-01T00:00"}, "Or until: must be in the future"),
        ({"_reason": ""}, "Give a reason"),
    ],
)
def test_a_silence_that_cannot_be_says_why(manager: Client, change: dict[str, str], objection: str):
    form = {"symbol": "BTC*", "lasts": "3600", "_reason": "a break"}
    answer = manager.post(SILENCE, form | change)
    assert answer.status_code == 400
    assert objection in words(answer)
    assert not Silence.objects.exists()


@pytest.mark.parametrize(
    ("group", "hears", "acknowledges"),
    [("Viewers", True, False), ("Risk managers", True, True), ("Nobody's", False, False)],
)
def test_every_page_has_a_bell_for_who_may_see_alerts(
    sign_in: SignIn, group: str, hears: bool, acknowledges: bool
):
    client = sign_in(group)
    for address in ("/admin/", "/", "/symbols/BTCUSDT/", "/signals/"):
        page = client.get(address).content.decode()
        assert ('id="bell"' in page, "alerts/js/bell.js" in page) == (hears, hears), address
        assert ('data-acknowledge-url="/api/v1/alerts/acknowledge/0"' in page) is acknowledges, address


def test_strangers_have_no_bell_and_load_none(client: Client):
    for address in ("/", "/symbols/BTCUSDT/", "/signals/", "/admin/login/"):
        page = client.get(address).content.decode()
        assert not any(part in page for part in ('id="bell"', "alerts-panel", "alerts/js")), address


def test_nobody_takes_silence_for_calm(manager: Client):
    saved()
    assert "Nobody watches: watch_alerts has never been heard" in words(manager.get("/admin/alerts/"))
    now = timezone.now()
    watch = Watch.objects.create(pk=1, holder="test", until=now - timedelta(seconds=1), heard_at=FIRED)
    text = words(manager.get("/admin/alerts/"))
    assert "Nobody watches: watch_alerts has not been heard since 28 November, 12:00:30 UTC" in text
    assert "1 rule would be watched." in text
    watch.until = now + timedelta(minutes=1)
    watch.save()
    text = words(manager.get("/admin/alerts/?live=1"))
    assert "Nobody watches" not in text
    assert "Nothing fires. 1 rule is watched." in text


def test_the_page_asks_no_question_for_each_alert(
    manager: Client, alert: Alert, django_assert_max_num_queries: Any
):
    for number in range(20):
        fired(saved(name=f"Rule {number}"), f"COIN{number}USDT")
    manager.get("/admin/alerts/?live=1")
    with django_assert_max_num_queries(14):
        manager.get("/admin/alerts/?live=1")


def test_rules_stand_in_a_sentence_each_with_what_fires(manager: Client, alert: Alert):
    saved(name="Off", is_enabled=False)
    text = words(manager.get(RULES))
    assert "2 rules 1 enabled" in text
    assert "Wide spread Fires when spread of any of BTC*, ETHUSDT is above 10 bps for 30 seconds." in text
    assert "1 firing" in text
    assert "Disabled" in text


def test_a_rule_is_made_with_a_reason(manager: Client):
    answer = manager.post(f"{RULES}new/", {**FORM, **SAVE})
    assert (answer.status_code, answer["Location"]) == (302, RULES)
    assert said(answer) == ["Thin book is saved as version 1."]
    row = AlertRule.objects.get()
    assert row.rule() == rule(
        id=row.pk,
        name="Thin book",
        watch="depth_usd_10s",
        symbols=("BTCUSDT", "ETH*"),
        comparison="below",
        threshold=50_000.0,
        clear_at=None,
        for_seconds=60.0,
        severity="critical",
        advice="Widen the quotes.",
        quiet_hours=("Mon-Fri 22:00-06:00", "Sun 00:00-24:00"),
    )
    [change] = AlertRule.history.all()
    assert (change.history_change_reason, change.source) == ("thin since Friday", "admin")


def test_what_can_be_watched_stands_by_what_has_it(manager: Client):
    page = manager.get(f"{RULES}new/").content.decode()
    assert re.findall(r'<optgroup label="([^"]+)">', page) == [
        "A market",
        "All markets together",
        "A strategy",
        "A level of the configuration",
        "A halt",
        "A part of the system",
        "A rule of alerts",
    ]


@pytest.mark.parametrize(
    ("watch", "asked"),
    [
        ("spread_bps_10s", {"symbols", "market"}),
        ("is_without_nats", {"entities"}),
        ("symbols_tracked", set[str]()),
    ],
)
def test_what_a_rule_is_about_is_asked_in_the_way_of_its_kind(manager: Client, watch: str, asked: set[str]):
    page = manager.post(
        f"{RULES}new/", {**FORM, "watch": watch, "entities": "feed *", "_step": "preview"}
    ).content.decode()
    rows = re.findall(r'data-of="[^"]+"( hidden)?>.*?for="rule-(\w+)"', page)
    assert {name for hidden, name in rows if not hidden} == asked
    assert "Fires when" in page
    assert {name for _, name in rows} == {"symbols", "market", "entities"}


def test_a_rule_about_parts_is_made_and_what_was_typed_for_markets_is_passed_over(manager: Client):
    typed = {
        "name": "No NATS",
        "watch": "is_without_nats",
        "entities": "feed *, store",
        "comparison": "above",
    }
    assert manager.post(f"{RULES}new/", {**FORM, **typed, **SAVE}).status_code == 302
    made = AlertRule.objects.get().rule()
    assert (made.entities, made.symbols, made.market) == (("feed *", "store"), (), "")
    page = manager.get(f"{RULES}{made.id}/").content.decode()
    assert 'value="feed *, store"' in page


def test_of_a_state_nobody_is_asked_for_a_threshold(manager: Client):
    state = {"watch": "is_stale", "comparison": "above", "threshold": "", "clear_at": ""}
    assert manager.post(f"{RULES}new/", {**FORM, **SAVE, **state}).status_code == 302
    assert AlertRule.objects.get().threshold == 0.5


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"_reason": " "}, "Give a reason"),
        ({"name": ""}, "Name: This must not be left empty."),
        ({"threshold": ""}, "Threshold: must not be empty; for example 50,000 USD"),
        ({"threshold": "1,5"}, "Threshold: must be a number, with a point and without its unit"),
        ({"threshold": "nan"}, "Threshold: must be a number"),
        ({"clear_at": "40000"}, "must be at least the threshold, 50000"),
        ({"symbols": "B!"}, "Symbols: must be 2 to 32 letters"),
        ({"market": "The moon"}, "Market: must be the name of a market"),
        ({"quiet_hours": "at night"}, "Quiet hours: must be spans such as Mon-Fri 22:00-06:00"),
        ({"for_seconds": "-1"}, "must be between 0 and 86400"),
        ({"name": "Wide spread"}, "Name: must not be that of another rule"),
        ({"watch": "weather"}, "weather cannot be chosen here."),
        ({"name": "n" * (NAME_LENGTH + 1)}, "Name: At most 100 characters; these are 101."),
        ({"advice": "\x00"}, "There is a character in it that cannot be kept."),
    ],
)
def test_what_is_refused_says_why_and_keeps_what_was_typed(
    manager: Client, alert: Alert, change: dict[str, str], objection: str
):
    answer = manager.post(f"{RULES}new/", {**FORM, **SAVE, **change})
    assert answer.status_code == 400
    text = words(answer)
    assert "Nothing was saved." in text
    assert objection in text
    assert 'value="btcusdt eth*"' in answer.content.decode() or "symbols" in change
    assert AlertRule.objects.count() == 1


def test_what_is_typed_is_read_back_in_a_sentence_and_nothing_is_saved(manager: Client):
    answer = manager.post(
        f"{RULES}new/", {**FORM, "name": "", "_step": "preview"}, headers={"HX-Request": "true"}
    )
    text = words(answer)
    assert "Fires when depth of any of BTCUSDT, ETH* is below 50,000 USD for 1 minute." in text
    assert 'id="unit-threshold" aria-hidden="true" hx-swap-oob="true">USD<' in answer.content.decode()
    assert not AlertRule.objects.exists()


def test_a_threshold_that_was_not_typed_yet_is_nothing_to_be_told_off_for(manager: Client):
    answer = manager.post(f"{RULES}new/", {**FORM, "threshold": "", "_step": "preview"})
    assert answer.status_code == 200
    assert "what that means is read here" in words(answer)
    assert "must not be empty" not in words(answer)


def test_a_rule_is_tried_while_it_is_typed_and_nothing_is_saved(manager: Client):
    minute = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    kept: dict[str, Any] = {"market": "binance/spot", "updates": 9, "seconds_not_live": 0.0}
    thin = {"depth_usd_mean": 1_000.0, "depth_usd_min": 900.0}
    MinuteRollup.objects.create(symbol="BTCUSDT", minute=minute, **kept, **thin)
    form = {**FORM, "_step": "try", "name": "", "market": "binance", "for_seconds": "0"}
    answer = manager.post(f"{RULES}new/", form, headers={"HX-Request": "true"})
    text, page = words(answer), answer.content.decode()
    assert "It would have fired 1 time in the last 24 hours, for 1 symbol." in text
    assert "Most often: BTCUSDT (1)." in text
    assert "beyond the threshold in 1 minute of 1 market." in text
    assert "goes on" in text
    assert 'data-tried-bars="0 0' in page
    assert "<form" not in page
    whole = manager.post(f"{RULES}new/", form).content.decode()
    assert "It would have fired 1 time" in whole
    for change, said_then in (
        ({"symbols": "ETH*"}, "It would not have fired in the last 24 hours."),
        ({"watch": "age_seconds", "threshold": "10"}, "Minutes do not keep this"),
        ({"threshold": "many"}, "What is typed cannot be judged yet."),
        ({"threshold": ""}, "What is typed cannot be judged yet."),
        ({"quiet_hours": "night"}, "What is typed cannot be judged yet."),
    ):
        assert said_then in words(manager.post(f"{RULES}new/", {**form, **change}))
    assert not AlertRule.objects.exists()


def test_who_saves_what_somebody_else_has_saved_meanwhile_sees_both(manager: Client, alert: Alert):
    save_rule(rule(id=alert.rule_id, threshold=11.0), author=SETUP)
    address = f"{RULES}{alert.rule_id}/"
    answer = manager.post(address, {**FORM, **SAVE, "_opened": "rule:1"})
    assert answer.status_code == 400
    assert "It says now: “Fires when spread of any of BTC*, ETHUSDT is above 11 bps" in words(answer)
    assert 'name="_opened" value="rule:2"' in answer.content.decode()
    assert manager.post(address, {**FORM, **SAVE, "_opened": "rule:2"}).status_code == 302


def test_the_history_of_a_rule_says_who_made_it_what_it_is_and_why(manager: Client, alert: Alert):
    save_rule(rule(id=alert.rule_id, is_enabled=False), author=SETUP)
    text = words(manager.get(f"{RULES}{alert.rule_id}/"))
    assert re.search(r"setup changed, version 2 just now Fires when .* Disabled\. “tests”", text)
    assert "setup created, version 1" in text


def test_a_rule_is_deleted_with_a_reason_and_what_it_takes_along_is_said(manager: Client, alert: Alert):
    address = f"{RULES}{alert.rule_id}/delete/"
    assert "1 alert fires by it, and is resolved." in words(manager.get(address))
    assert manager.post(address, {"_opened": "rule:1"}).status_code == 400
    assert manager.post(address, {"_opened": "rule:9", "_reason": "over"}).status_code == 412
    assert manager.post(address, {"_opened": "rule:1", "_reason": "over"}).status_code == 302
    assert not AlertRule.objects.exists()
    assert manager.get(address).status_code == 404

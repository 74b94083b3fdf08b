"""Rules and alerts over REST: who may what, and what is answered."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from alerts.api.urls import urlpatterns
from alerts.models import Alert, AlertRule, Channel, Silence
from configuration.scopes import SCOPES
from configuration.service_accounts import new_service_account, new_token
from metrics.models import MinuteRollup
from tests.alerts.factories import BEGAN, FIRED, WIDE, fired, saved, saved_channel, silenced
from tests.people import Caller

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
BODY = {**WIDE, "name": "Very wide", "threshold": 20.0, "reason": "busy week"}
MAILS = {"name": "Mails", "kind": "email", "address": "desk@example.com", "reason": "nights"}
RULE, ALERT, SILENCE, CHANNEL = "RULE-ID", "ALERT-ID", "SILENCE-ID", "CHANNEL-ID"
HOUR = {"symbol": "ETH*", "for_seconds": 3600, "reason": "under repair"}
ENDPOINTS = [
    ("GET", "/alerts", None, "alerts"),
    ("GET", "/alerts/watched", None, "alerts"),
    ("GET", "/alerts/rules", None, "alerts"),
    ("GET", f"/alerts/rules/{RULE}", None, "alerts"),
    ("POST", "/alerts/rules", BODY, "rules"),
    ("PUT", f"/alerts/rules/{RULE}", BODY, "rules"),
    ("DELETE", f"/alerts/rules/{RULE}?reason=over", None, "rules"),
    ("GET", "/alerts/channels", None, "alerts"),
    ("GET", f"/alerts/channels/{CHANNEL}", None, "alerts"),
    ("POST", "/alerts/channels", MAILS, "channels"),
    ("PUT", f"/alerts/channels/{CHANNEL}", MAILS, "channels"),
    ("DELETE", f"/alerts/channels/{CHANNEL}?reason=over", None, "channels"),
    ("POST", f"/alerts/channels/test/{CHANNEL}", {}, "channels"),
    ("POST", f"/alerts/acknowledge/{ALERT}", {"note": "on it"}, "acknowledge"),
    ("POST", "/alerts/rules/test", {**WIDE, "threshold": 20.0}, "rules"),
    ("GET", "/alerts/silences", None, "alerts"),
    ("POST", "/alerts/silences", HOUR, "silence"),
    ("DELETE", f"/alerts/silences/{SILENCE}?reason=repaired", None, "silence"),
]
MAKING = {("POST", "/alerts/rules"), ("POST", "/alerts/channels"), ("POST", "/alerts/silences")}
MAY = {
    None: set(),
    "stranger": set(),
    "viewer": {"alerts"},
    "manager": {"alerts", "rules", "channels", "acknowledge", "silence"},
    "administrator": {"alerts", "rules", "channels", "acknowledge", "silence"},
}


@pytest.fixture(autouse=True)
def alert() -> Alert:
    """One that fires, with its rule, beside a silence of others."""
    silenced(symbol="LUNA*")
    return fired(saved())


def addressed(path: str, alert: Alert) -> str:
    silence_id = Silence.objects.order_by("pk").values_list("pk", flat=True)[0]
    numbers = {RULE: alert.rule_id, ALERT: alert.pk, SILENCE: silence_id}
    if CHANNEL in path:
        where = Channel.objects.first() or saved_channel(
            name="Desk", kind="email", address="a@b.example", secret=""
        )
        numbers[CHANNEL] = where.pk
    for name, number in numbers.items():
        path = path.replace(name, str(number))
    return path


def traces() -> tuple[int, int, int, int]:
    """How much was ever done."""
    return (
        AlertRule.history.count(),
        Alert.objects.exclude(acknowledged_at=None).count(),
        Silence.objects.count(),
        Silence.objects.exclude(ended_at=None).count(),
    )


@pytest.mark.parametrize("by", ["token", "session"])
@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize(
    ("method", "path", "body", "needs"), ENDPOINTS, ids=[f"{row[0]} {row[1]}" for row in ENDPOINTS]
)
def test_matrix(caller: Any, alert: Alert, role: Any, by: str, method: str, path: str, body: Any, needs: str):
    before = traces()
    who = caller(role, by)
    answer = who(method, addressed(path, alert), body)
    if needs in MAY[role]:
        assert who.status == (201 if (method, path) in MAKING else 200), answer
        return
    if role is None:
        assert (who.status, answer["error"]["code"]) == (401, "NOT_AUTHENTICATED")
    else:
        assert (who.status, answer["error"]["code"]) == (403, "PERMISSION_DENIED")
        assert answer["error"]["details"] == {"right": needs}
    assert traces() == before


@pytest.mark.parametrize("scope", ["alerts", "acknowledge", "rules", "silence", "channels"])
@pytest.mark.parametrize(
    ("method", "path", "body", "needs"), ENDPOINTS, ids=[f"{row[0]} {row[1]}" for row in ENDPOINTS]
)
def test_a_token_may_what_it_was_made_for(
    alert: Alert, scope: str, method: str, path: str, body: Any, needs: str
):
    bot = new_service_account("bot", SCOPES)
    _, secret = new_token(bot, [scope], purpose="tests", made_by="ada", life=timedelta(days=1))
    who = Caller(Client(), {"Authorization": f"Token {secret}"})
    answer = who(method, addressed(path, alert), body)
    if scope == needs:
        assert who.status < 400, answer
    else:
        assert (who.status, answer["error"]["details"]) == (403, {"scope": needs})


def test_the_matrix_covers_every_address():
    def shape(path: str) -> str:
        path = path.partition("?")[0].lstrip("/")
        places = (
            (RULE, "rule_id"),
            (ALERT, "alert_id"),
            (SILENCE, "silence_id"),
            (CHANNEL, "channel_id"),
        )
        for name, placed in places:
            path = path.replace(name, f"<int:{placed}>")
        return path

    def answers(view: Any, method: str) -> bool:
        return hasattr(view.cls, method.lower())

    declared = {
        (method, str(entry.pattern))
        for entry in urlpatterns
        for method in ("GET", "POST", "PUT", "DELETE")
        if answers(entry.callback, method)
    }
    assert declared == {(method, shape(path)) for method, path, *_ in ENDPOINTS}


@pytest.fixture
def manager(caller: Any) -> Any:
    return caller("manager")


def test_what_fires_is_listed_with_all_that_is_known_of_it(manager: Any, alert: Alert):
    answer = manager.get("/alerts")
    assert answer["metadata"] == {"count": 1, "total": 1}
    [item] = answer["data"]
    moments = ("pending_since", "fired_at")
    assert {name: item[name] for name in moments} == {
        "pending_since": BEGAN.isoformat().replace("+00:00", "Z"),
        "fired_at": FIRED.isoformat().replace("+00:00", "Z"),
    }
    assert {name: value for name, value in item.items() if name not in moments} == {
        "id": alert.pk,
        "rule": alert.rule_id,
        "rule_version": 1,
        "rule_name": "Wide spread",
        "watch": "spread_bps_10s",
        "comparison": "above",
        "threshold": 10.0,
        "unit": "bps",
        "severity": "warning",
        "symbol": "BTCUSDT",
        "market": "binance",
        "entity": None,
        "value_at_firing": 12.5,
        "worst_value": 14.0,
        "resolved_at": None,
        "resolved_because": None,
        "unjudged_since": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "acknowledged_note": None,
        "silenced_until": None,
    }


def test_alerts_are_chosen_by_state_symbol_and_severity_a_part_at_a_time(manager: Any, alert: Alert):
    over = {"resolved_at": FIRED, "resolved_because": "back"}
    eth = fired(saved(name="Severe", severity="critical"), "ETHUSDT", fired_at=BEGAN, **over)

    def listed(query: str) -> list[int]:
        return [item["id"] for item in manager.get(f"/alerts?{query}")["data"]]

    assert listed("") == listed("state=firing") == [alert.pk]
    assert listed("state=resolved") == [eth.pk]
    assert listed("state=all") == [alert.pk, eth.pk]
    assert listed("state=all&symbol=ethusdt") == [eth.pk]
    assert listed("state=all&severity=critical") == [eth.pk]
    assert listed("state=all&limit=1&offset=1") == [eth.pk]
    assert manager.get("/alerts?state=all&limit=1")["metadata"] == {"count": 1, "total": 2}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("state=over", 'state must be one of firing, resolved, all, got "over"'),
        ("severity=bad", 'severity must be one of info, warning, critical, got "bad"'),
        ("limit=0", "limit must be >= 1, got 0"),
        ("since=1", "since is not a query parameter of this address; it takes state, symbol"),
        ("symbol=!!", "symbol must be"),
    ],
)
def test_a_choice_that_cannot_be_understood_is_refused(manager: Any, query: str, message: str):
    answer = manager.get(f"/alerts?{query}")
    assert manager.status == 400
    assert answer["error"]["details"]["errors"][0].startswith(message)


def test_a_rule_is_made_read_changed_and_deleted(manager: Any):
    made = manager.post("/alerts/rules", BODY)
    tag, rule_id = manager.response["ETag"], made["data"]["id"]
    assert (tag, made["metadata"]) == ('"rule:1"', {"action": "created"})
    assert {name: made["data"][name] for name in WIDE} == {**WIDE, "name": "Very wide", "threshold": 20.0}
    read = manager.get(f"/alerts/rules/{rule_id}")
    assert read["data"] == made["data"]
    whole = {**read["data"], "threshold": 25, "reason": "still too often"}
    changed = manager("PUT", f"/alerts/rules/{rule_id}", whole, {"If-Match": tag})
    assert (changed["data"]["threshold"], changed["data"]["version"]) == (25.0, 2)
    assert manager("PUT", f"/alerts/rules/{rule_id}", whole)["metadata"] == {"action": "unchanged"}
    again = manager("PUT", f"/alerts/rules/{rule_id}", whole, {"If-Match": tag})
    assert (manager.status, again["error"]["details"]["current"]) == (412, "rule:2")
    manager.delete(f"/alerts/rules/{rule_id}", **{"If-Match": tag})
    assert manager.status == 400  # no reason
    manager.delete(f"/alerts/rules/{rule_id}?reason=over", **{"If-Match": '"rule:2"'})
    assert manager.status == 200
    manager.get(f"/alerts/rules/{rule_id}")
    assert manager.status == 404
    newest = AlertRule.history.of_rule(rule_id).first()
    assert (newest.action.value, newest.history_change_reason, newest.actor) == ("DELETE", "over", "manager")


def test_who_has_a_rule_already_is_not_sent_it_again(manager: Any, alert: Alert):
    answer = manager.client.get(
        f"/api/v1/alerts/rules/{alert.rule_id}", headers={**manager.headers, "If-None-Match": '"rule:1"'}
    )
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"threshold": "10"}, "threshold", 'must be a number, got "10"'),
        ({"threshold": True}, "threshold", "must be a number, got true"),
        ({"threshold": float("nan")}, "threshold", "must be a number, got NaN"),
        ({"threshold": 10**400}, "threshold", "must be a number, got 1000"),
        ({"comparison": "over"}, "comparison", 'must be one of above, below, got "over"'),
        ({"comparison": []}, "comparison", "must be one of above, below, got []"),
        ({"severity": None}, "severity", "must not be null"),
        ({"symbols": "BTCUSDT"}, "symbols", 'must be an array of strings, none empty, got "BTCUSDT"'),
        ({"symbols": ["B!"]}, "symbols", "must be 2 to 32 letters"),
        ({"clear_at": 21}, "clear_at", "must be at least 0 and at most the threshold, 20"),
        ({"quiet_hours": ["night"]}, "quiet_hours", "must be spans such as Mon-Fri 22:00-06:00, in UTC"),
        ({"watch": "weather"}, "watch", "must be one of net_pressure"),
        ({"is_enabled": 1}, "is_enabled", "must be a boolean, got 1"),
        ({"advice": "\x00"}, "advice", "There is a character"),
        ({"name": "Wide spread"}, "name", "must not be that of another rule"),
        ({"reason": ""}, "reason", "must not be empty"),
        ({"reason": " "}, "reason", "must not be empty"),
        ({"colour": "red"}, "colour", "is not a field of this request"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named_at_its_field(manager: Any, change: Any, field: str, words: str):
    answer = manager.post("/alerts/rules", BODY | change)
    assert manager.status == 400, answer
    assert answer["error"]["details"]["fields"][field][0].startswith(words)
    assert AlertRule.objects.count() == 1


def test_an_alert_is_acknowledged_by_who_looks_after_it(manager: Any, alert: Alert):
    path = f"/alerts/acknowledge/{alert.pk}"
    data = manager.post(path, {"note": "on it"})["data"]
    assert (data["acknowledged_by"], data["acknowledged_note"]) == ("manager", "on it")
    assert manager.post(path, {"note": "I as well", "changed_by": "bot"})["data"] == data
    Alert.objects.update(acknowledged_at=None, resolved_at=FIRED, resolved_because="back")
    answer = manager.post(path, {})
    assert (manager.status, answer["error"]["code"]) == (409, "ALERT_RESOLVED")
    manager.post("/alerts/acknowledge/99999999999999999999", {})
    assert manager.status == 404


def test_what_can_be_watched_is_listed_with_units_and_bounds(manager: Any):
    items = {item["name"]: item for item in manager.get("/alerts/watched")["data"]}
    assert (items["net_pressure"]["least"], items["net_pressure"]["most"]) == (-100, 100)
    assert (items["spread_bps_10s"]["unit"], items["spread_bps_10s"]["most"]) == ("bps", None)


def test_some_alerts_are_silenced_for_a_while_and_that_is_ended_with_a_reason(manager: Any, alert: Alert):
    made = manager.post("/alerts/silences", {**HOUR, "symbol": "btc*", "rule": alert.rule_id})["data"]
    assert (made["rule"], made["rule_name"], made["symbol"]) == (alert.rule_id, "Wide spread", "BTC*")
    assert (made["reason"], made["actor"], made["severity"]) == ("under repair", "manager", None)
    assert manager.get("/alerts")["data"][0]["silenced_until"] == made["until"]
    assert len(manager.get("/alerts/silences")["data"]) == 2
    path = f"/alerts/silences/{made['id']}"
    manager.delete(path)
    assert manager.status == 400  # no reason
    ended = manager.delete(f"{path}?reason=repaired")["data"]
    assert (ended["ended_by"], ended["ended_reason"]) == ("manager", "repaired")
    answer = manager.delete(f"{path}?reason=repaired")
    assert (manager.status, answer["error"]["code"]) == (409, "SILENCE_OVER")
    assert manager.get("/alerts")["data"][0]["silenced_until"] is None
    past = manager.get("/alerts/silences?state=past")
    assert (past["data"], past["metadata"]) == ([ended], {"count": 1, "total": 1})
    manager.delete("/alerts/silences/99999999999999999999?reason=x")
    assert manager.status == 404


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"symbol": None}, "rule", "must be given, or a symbol, or a severity"),
        ({"rule": 99}, "rule", "must be the id of a rule that there is"),
        ({"rule": "7"}, "rule", 'must be an integer, got "7"'),
        ({"symbol": "B!"}, "symbol", "must be 2 to 32 letters"),
        ({"severity": "bad"}, "severity", "must be one of info, warning, critical"),
        ({"for_seconds": None}, "until", "is required, or for_seconds; not both"),
        ({"until": "2026-11-29T12:00:00Z"}, "until", "is required, or for_seconds; not both"),
        ({"for_seconds": 0}, "until", "must be in the future, and at most 30 days ahead"),
        ({"for_seconds": 1e30}, "until", "must be in the future, and at most 30 days ahead"),
        ({"for_seconds": None, "until": "soon"}, "until", "must be a time such as"),
        ({"reason": ""}, "reason", "must not be empty"),
    ],
)
def test_what_is_wrong_with_a_silence_is_named_at_its_field(
    manager: Any, change: Any, field: str, words: str
):
    asked = {name: value for name, value in (HOUR | change).items() if value is not None}
    answer = manager.post("/alerts/silences", asked)
    assert manager.status == 400, answer
    assert answer["error"]["details"]["fields"][field][0].startswith(words)
    assert Silence.objects.count() == 1


def test_a_rule_about_no_market_is_made_and_its_alerts_are_found_by_what_they_are_about(manager: Any):
    about = {"watch": "silent_seconds", "symbols": [], "entities": ["feed *", "store"], "clear_at": None}
    made = manager.post("/alerts/rules", {**BODY, **about})["data"]
    assert (made["entities"], made["symbols"], made["market"]) == (["feed *", "store"], [], "")
    row = AlertRule.objects.get(pk=made["id"])
    fired(row, "", market="", entity="store")
    (item,) = manager.get("/alerts?entity=store")["data"]
    assert (item["entity"], item["symbol"], item["market"]) == ("store", None, None)
    tried = manager.post("/alerts/rules/test", {**BODY, **about})["data"]
    assert tried["why_not"].startswith("Minutes do not keep this")


def test_a_rule_is_tried_without_a_name_and_nothing_is_saved(manager: Any):
    asked = {"watch": "spread_bps_10s", "market": "binance", "comparison": "above", "threshold": 10}
    minute = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    kept: dict[str, Any] = {"market": "binance/spot", "updates": 9, "seconds_not_live": 0.0}
    spread = {"spread_bps_mean": 20.0, "spread_bps_max": 30.0}
    MinuteRollup.objects.create(symbol="BTCUSDT", minute=minute, **kept, **spread)
    data = manager.post("/alerts/rules/test", asked)["data"]
    [span] = data["spans"]
    assert (span["symbol"], span["market"], span["until"]) == ("BTCUSDT", "binance", None)
    assert (data["fired"], data["by_symbol"]) == (1, [{"symbol": "BTCUSDT", "fired": 1}])
    assert (data["minutes_beyond"], data["markets_beyond"], data["markets_judged"]) == (1, 1, 1)
    assert (data["why_not"], data["resolution"][:26]) == (None, "By the mean of each minute")
    unknown = manager.post("/alerts/rules/test", {**asked, "watch": "age_seconds"})["data"]
    assert (unknown["fired"], unknown["why_not"][:25]) == (None, "Minutes do not keep this,")
    answer = manager.post("/alerts/rules/test", {**asked, "threshold": -1})
    assert answer["error"]["details"]["fields"] == {"threshold": ["must be at least 0"]}
    assert AlertRule.objects.count() == 1

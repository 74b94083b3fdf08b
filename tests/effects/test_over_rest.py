"""What a change did, over REST."""

import pytest
from django.contrib.auth.models import Permission, User
from knox.models import AuthToken

from halts import services as halts
from halts.domain import Scope
from tests.alerts.factories import fired, saved
from tests.configuration.api.test_schema import PROMISES
from tests.described import PLAIN, connection_kept, described
from tests.effects.past import RITA, changed, decided, long_kept, minute

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("store", "nothing_set", "nobody_remembered"),
]


def test_a_change_of_the_audit_trail_leads_to_its_effect(caller):
    viewer = caller("viewer")
    changed({"top_levels": 7}, "BTCUSDT")
    long_kept()
    decided(-5.0, 5.0, 6.0)
    minute(0).save()
    [item] = viewer.get("/strategies/orderbook_skew/audit?symbol=BTCUSDT")["data"]
    effect = viewer.get(f"/audit/{item['id']}/effect")["data"]
    assert (effect["change_id"], effect["version"], effect["symbol"]) == (item["id"], 1, "BTCUSDT")
    assert effect["strategy"] == "Order Book Skew"
    assert effect["at"] == item["changed_at"]
    [quarter, *_] = effect["comparisons"]
    assert (quarter["length"], quarter["seconds"], quarter["fills_until"]) == ("15m", 900.0, None)
    assert [quarter[side]["signals"]["signals"] for side in ("before", "after")] == [1, 2]
    assert quarter["after"]["market"] == {
        "minutes": 1, "pressure": 5.0, "spread_bps": 2.0, "cost_bps": 3.0, "volatility_bps": None,
    }  # fmt: skip
    assert effect["nearby"]["alerts"] == []


@pytest.mark.parametrize(("offset", "status"), [(0, 200), (99, 404)])
def test_it_keeps_the_promises_of_the_document(make_user, offset: int, status: int):
    halts.halt(Scope(), author=RITA)
    change = changed({"top_levels": 7}, "BTCUSDT")
    changed({"top_levels": 8}, "BTCUSDT", at=60.0)
    decided(-5.0, 5.0, bps=1.5)
    fired(saved(name="Thin"), fired_at=change.history_date)
    token = AuthToken.objects.create(make_user("viewer"))[1]
    operation = described()["/api/v1/audit/{change_id}/effect"]["GET"]
    case = operation.Case(path_parameters={"change_id": str(change.history_id + offset)})
    with connection_kept():
        answer = case.call_and_validate(checks=PROMISES, headers={"Authorization": f"Token {token}"} | PLAIN)
    assert answer.status_code == status


@pytest.mark.parametrize("change_id", ["0", "17", "x", "-1", "9" * 30, "٣"])
def test_what_is_no_change_is_not_found(caller, change_id: str):
    viewer = caller("viewer")
    answer = viewer.get(f"/audit/{change_id}/effect")
    assert (viewer.status, answer["error"]["code"]) == (404, "NOT_FOUND")
    assert answer["error"]["message"].startswith("Change not found: ")


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("stranger", 403), ("viewer", 200)])
@pytest.mark.parametrize("by", ["token", "session"])
def test_who_may_read_configuration_may_see_what_changes_did(caller, role: str | None, status: int, by: str):
    change = changed({"top_levels": 7})
    who = caller(role, by)
    who.get(f"/audit/{change.history_id}/effect")
    assert who.status == status


def test_alerts_are_for_those_who_may_see_them(caller):
    change = changed({"top_levels": 7})
    viewer = caller("viewer", "session")
    User.objects.get(username="viewer").user_permissions.remove(Permission.objects.get(codename="view_alert"))
    nearby = viewer.get(f"/audit/{change.history_id}/effect")["data"]["nearby"]
    assert (nearby["alerts"], nearby["alerts_counted"]) == (None, None)

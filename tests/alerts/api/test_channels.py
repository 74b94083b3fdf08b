"""Channels over REST: what is secret of them comes in, and never goes out."""

from typing import Any

import pytest

from alerts.models import Channel
from tests.alerts.factories import HOOK, SECRET, saved, saved_channel

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
BODY = {"name": "Desk", "kind": "webhook", "address": HOOK, "secret": SECRET, "reason": "nights"}


@pytest.fixture
def manager(caller: Any) -> Any:
    return caller("manager")


def test_a_channel_is_made_shown_without_its_secrets_and_sent_back_as_it_was_answered(manager: Any):
    made = manager.post("/alerts/channels", BODY)
    assert (manager.status, manager.response["ETag"]) == (201, '"channel:1"')
    assert made["data"]["shown"] == "https://8.8.8.8"
    assert {"address", "secret"}.isdisjoint(made["data"])
    path = f"/alerts/channels/{made['data']['id']}"
    again = manager("PUT", path, {**manager.get(path)["data"], "reason": "the same"})
    assert again["metadata"]["action"] == "unchanged"
    changed = manager("PUT", path, {**again["data"], "is_enabled": False, "reason": "noisy"})
    assert (changed["data"]["version"], changed["data"]["is_enabled"]) == (2, False)
    row = Channel.objects.get()
    assert "SECRET" not in row.address
    stale = manager("PUT", path, {**BODY, "name": "Other"}, {"If-Match": '"channel:1"'})
    assert (manager.status, stale["error"]["code"]) == (412, "PRECONDITION_FAILED")


def test_viewers_see_what_a_channel_is_called_and_not_where_it_leads(caller: Any):
    saved_channel()
    [item] = caller("viewer").get("/alerts/channels")["data"]
    assert (item["name"], item["kind"], item["is_enabled"], item["shown"]) == ("Desk", "webhook", True, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": 5}, "address"),
        ({"address": "https://127.0.0.1/T0PSECRET/hidden-token"}, "address"),
        ({"address": ["hidden-token"]}, "address"),
        ({"secret": "hidden-token"}, "secret"),
        ({"secret": {"a": "hidden-token"}}, "secret"),
        ({"kind": "apprise", "secret": "", "address": "json://host/hidden-token"}, "address"),
        ({"kind": "email", "secret": "", "address": "a@b.example\nBcc: hidden-token@x.example"}, "address"),
        ({"kind": "fax"}, "kind"),
        ({"name": ""}, "name"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_repeated(manager: Any, changes: dict[str, Any], field: str):
    answer = manager.post("/alerts/channels", {**BODY, **changes})
    assert manager.status == 400
    assert field in answer["error"]["details"]["fields"]
    assert "hidden-token" not in manager.response.content.decode()
    assert not Channel.objects.exists()


def test_a_channel_that_a_rule_names_stays(manager: Any):
    row = saved_channel()
    saved(channels=[row.pk])
    answer = manager.delete(f"/alerts/channels/{row.pk}?reason=over")
    assert manager.status == 400
    assert "Wide spread" in str(answer["error"]["details"])


def test_a_rule_names_channels_that_there_are(manager: Any):
    row = saved()
    body = manager.get(f"/alerts/rules/{row.pk}")["data"]
    answer = manager("PUT", f"/alerts/rules/{row.pk}", {**body, "channels": [99], "reason": "tell"})
    assert "there is no 99" in str(answer["error"]["details"])
    known = saved_channel()
    answer = manager("PUT", f"/alerts/rules/{row.pk}", {**body, "channels": [known.pk], "reason": "tell"})
    assert answer["data"]["channels"] == [known.pk]
    for wrong in ("x", [True], ["1"], [0], [1.5]):
        manager("PUT", f"/alerts/rules/{row.pk}", {**body, "channels": wrong, "reason": "tell"})
        assert manager.status == 400


def test_a_test_says_what_became_of_it(manager: Any):
    row = saved_channel(kind="email", address="desk@example.com", secret="")
    answer = manager.post(f"/alerts/channels/test/{row.pk}", {})
    assert answer["data"]["is_delivered"] is True, answer
    assert row.messages.get().is_test

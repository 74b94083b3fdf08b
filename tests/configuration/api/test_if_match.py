"""Writing only over the version one has seen."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from configuration import reading
from configuration.models import StrategyConfig
from tests.configuration.api.envelope import SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_if_match(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})

    def write(levels: int, tag: str, status: int = 200) -> Any:
        change = {"parameters": {"top_levels": levels}}
        return body(post(api, f"{SKEW}/config", change, headers={"If-Match": tag}), status)

    stale = write(8, '"own:7"', 412)["error"]
    assert stale["code"] == "PRECONDITION_FAILED"
    present = api.get(f"{SKEW}/config")["ETag"]
    assert stale["details"] == {
        "expected": ["own:7"],
        "current": present.strip('"'),
        "expected_version": 7,
        "current_version": 1,
    }
    tags = ('"own:1"', '"own:9", "own:2"', "*", ' "own:4" ', '"own:5",, "seven"')
    for levels, tag in enumerate(tags, start=8):
        write(levels, tag)
    body(api.delete(f"{SKEW}/config", headers={"If-Match": '"own:1"'}), 412)
    body(post(api, f"{SKEW}/rollback", {}, headers={"If-Match": '"own:1"'}), 412)
    body(post(api, f"{SKEW}/rollback", {}, headers={"If-Match": '"own:6"'}))
    body(api.delete(f"{SKEW}/config", headers={"If-Match": '"own:7"'}))


@pytest.mark.parametrize(
    "tag", ["seven", "7", '"7', '7"', "", " ", ",", '"1" "2"', '*, "1"', 'w/"1"', '"a b"', '""1""']
)
def test_if_match_that_is_no_list_of_entity_tags(api: APIClient, tag: str):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    for dry in (True, False):
        write = {"parameters": {"top_levels": 8}, "validate_only": dry}
        error = body(post(api, f"{SKEW}/config", write, headers={"If-Match": tag}), 400)["error"]
        assert error["details"]["fields"].keys() == {"If-Match"}
    assert StrategyConfig.history.count() == 1


@pytest.mark.parametrize(
    "tag",
    [
        '"7"',
        '"1"',
        'W/"own:1"',
        '"own:0"',
        '"own:deleted:1"',
        '"own:01"',
        '"own:1;"',
        '"01"',
        '"seven"',
        '""',
        '"\xe9"',
        '"1.0"',
        'W/"1", "2"',
    ],
)
def test_if_match_of_another_entity(api: APIClient, tag: str):
    """Weak tags match nothing where something is to be changed (RFC 9110, 13.1.1)."""
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    for dry in (True, False):
        write = {"parameters": {"top_levels": 8}, "validate_only": dry}
        error = body(post(api, f"{SKEW}/config", write, headers={"If-Match": tag}), 412)["error"]
        assert error["code"] == "PRECONDITION_FAILED"
        assert error["details"]["current_version"] == 1
    assert StrategyConfig.history.count() == 1


SYMBOL = f"{SKEW}/config/ABAUSDT"


def level(api: APIClient, levels: int, address: str = SYMBOL, status: int = 200, tag: str = "*") -> Any:
    """Give a level a value, if it is in the state of a tag."""
    change = {"parameters": {"top_levels": levels}}
    return body(post(api, address, change, headers={"If-Match": tag}), status)


def test_who_saw_the_global_values_does_not_write_over_a_level_made_since(api: APIClient):
    for levels in (3, 4):
        level(api, levels, f"{SKEW}/config")
    seen = api.get(SYMBOL)["ETag"]
    for levels in (5, 6):
        level(api, levels)
    level(api, 7, status=412, tag=seen)
    assert body(api.get(SYMBOL))["data"]["overrides"] == {"top_levels": 6}
    level(api, 7, status=412, tag='"2"')


def test_who_saw_a_level_does_not_set_it_again_after_its_deletion(api: APIClient):
    level(api, 3, f"{SKEW}/config")
    for levels in (5, 6):
        level(api, levels)
    seen = api.get(SYMBOL)["ETag"]
    body(api.delete(SYMBOL))
    level(api, 7, status=412, tag=seen)
    assert body(api.get(SYMBOL))["data"]["overrides"] == {}


def test_who_saw_the_global_values_does_not_delete_what_was_set_since(api: APIClient):
    level(api, 3, f"{SKEW}/config")
    seen = api.get(SYMBOL)["ETag"]
    level(api, 5)
    body(api.delete(SYMBOL, headers={"If-Match": seen}), 412)
    body(post(api, f"{SKEW}/rollback/ABAUSDT", {"target_version": 1}, headers={"If-Match": seen}), 412)
    assert body(api.get(SYMBOL))["data"]["overrides"] == {"top_levels": 5}


def test_nothing_yet_and_nothing_any_more_have_tags_of_their_own(api: APIClient):
    assert api.get(SYMBOL)["ETag"].startswith('"own:0;global:0;')
    level(api, 5)
    deleted = api.delete(SYMBOL)
    assert deleted["ETag"] == api.get(SYMBOL)["ETag"]
    assert deleted["ETag"].startswith('"own:deleted:2;global:0;')
    level(api, 5, status=412, tag='"own:0"')
    level(api, 5, tag='"own:deleted:2"')
    level(api, 6, tag='"own:3"')


def test_a_tag_covers_what_is_inherited_unless_it_names_the_level_alone(api: APIClient):
    level(api, 5)
    seen = api.get(SYMBOL)["ETag"]
    body(post(api, f"{SKEW}/config", {"parameters": {"base_confidence": 0.8}}))
    refused = level(api, 6, status=412, tag=seen)["error"]["message"]
    assert refused.startswith("What is inherited here has changed")
    assert '"own:1"' in refused
    level(api, 6, tag='"own:1"')


def test_a_tag_covers_the_environment(api: APIClient, monkeypatch: pytest.MonkeyPatch):
    level(api, 5)
    seen = api.get(SYMBOL)["ETag"]
    monkeypatch.setenv("ORDERBOOK_SKEW_BUY_THRESHOLD", "1.5")
    reading.reader.forget()
    level(api, 6, status=412, tag=seen)
    level(api, 6, tag='"own:1"')


def test_the_tag_of_every_answer_is_the_one_that_matches_next(api: APIClient):
    tag = post(api, SYMBOL, {"parameters": {"top_levels": 5}})["ETag"]
    for levels in (6, 6, 7):
        change = {"parameters": {"top_levels": levels}}
        tag = post(api, SYMBOL, change, headers={"If-Match": tag})["ETag"]
        assert tag == api.get(SYMBOL)["ETag"]
    tag = post(api, f"{SKEW}/rollback/ABAUSDT", {}, headers={"If-Match": tag})["ETag"]
    tag = api.delete(SYMBOL, headers={"If-Match": tag})["ETag"]
    level(api, 8, tag=tag)


def test_a_preview_names_no_state(api: APIClient):
    assert "ETag" not in post(api, SYMBOL, {"parameters": {"top_levels": 5}, "validate_only": True})


def test_a_bare_version_is_answered_with_what_to_send(api: APIClient):
    level(api, 5)
    message = level(api, 6, status=412, tag='"1"')["error"]["message"]
    assert message.startswith("A bare version names no state of a level")
    assert api.get(SYMBOL)["ETag"] in message
    assert '"own:1"' in message


def test_who_has_a_level_already_is_answered_without_a_body(api: APIClient):
    level(api, 5)
    tag = api.get(SYMBOL)["ETag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = api.get(SYMBOL, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag), known
    level(api, 6)
    assert api.get(SYMBOL, headers={"If-None-Match": tag}).status_code == 200


def test_a_halt_lands_whatever_if_match_states(api: APIClient):
    brake = {"parameters": {"enabled": False}, "reason": "storm"}
    answer = post(api, SYMBOL, brake, headers={"If-Match": '"own:9"'})
    assert answer.status_code in (200, 202)
    assert "ETag" not in answer

"""Writing only over the version one has seen."""

import pytest
from rest_framework.test import APIClient

from configuration.models import StrategyConfig
from tests.configuration.api.envelope import SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_if_match(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    write = {"parameters": {"top_levels": 8}}
    stale = body(post(api, f"{SKEW}/config", write, headers={"If-Match": '"7"'}), 412)["error"]
    assert stale["code"] == "PRECONDITION_FAILED"
    assert stale["details"] == {"expected_version": 7, "current_version": 1}
    for tag in ('"1"', '"9", "2"', "*", ' "4" ', '"5",, "seven"'):
        assert post(api, f"{SKEW}/config", write, headers={"If-Match": tag}).status_code == 200, tag
    body(api.delete(f"{SKEW}/config", headers={"If-Match": '"1"'}), 412)
    body(post(api, f"{SKEW}/rollback", {}, headers={"If-Match": '"1"'}), 412)
    body(post(api, f"{SKEW}/rollback", {}, headers={"If-Match": '"6"'}))
    body(api.delete(f"{SKEW}/config", headers={"If-Match": '"7"'}))


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


@pytest.mark.parametrize("tag", ['"7"', 'W/"1"', '"01"', '"seven"', '""', '"\xe9"', '"1.0"', 'W/"1", "2"'])
def test_if_match_of_another_entity(api: APIClient, tag: str):
    """Weak tags match nothing where something is to be changed (RFC 9110, 13.1.1)."""
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    for dry in (True, False):
        write = {"parameters": {"top_levels": 8}, "validate_only": dry}
        error = body(post(api, f"{SKEW}/config", write, headers={"If-Match": tag}), 412)["error"]
        assert error["code"] == "PRECONDITION_FAILED"
        assert error["details"]["current_version"] == 1
    assert StrategyConfig.history.count() == 1

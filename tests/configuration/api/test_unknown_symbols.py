"""An override of a symbol nobody has heard of is made, and the answer says which one may be meant."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from configuration import reading
from tests.configuration.api.envelope import BASE, SKEW, body, post
from tests.factories import spot_book

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("reader")]
DEEPER = {"parameters": {"top_levels": 7}}
MEANT = ["BTCUSTD? You may mean BTCUSDT."]


@pytest.fixture(autouse=True)
def _one_market(publish: Callable[..., None], nobody_remembered: None) -> None:
    publish(spot_book("BTCUSDT"))


def test_the_first_change_states_which_symbol_may_be_meant(api: APIClient):
    first = body(post(api, f"{SKEW}/config/btcustd", DEEPER))["metadata"]
    assert first == {"action": "created", "warnings": MEANT}
    later = body(post(api, f"{SKEW}/config/BTCUSTD", {"parameters": {"top_levels": 8}}))["metadata"]
    assert later == {"action": "updated"}


def test_so_does_judging_it(api: APIClient):
    dry = body(post(api, f"{SKEW}/config/BTCUSTD", {**DEEPER, "validate_only": True}))["metadata"]
    assert dry == {"validation": "passed", "warnings": MEANT}
    judged = body(
        post(
            api,
            f"{BASE}/config/validate",
            {"strategy_id": "orderbook_skew", "symbol": "BTCUSTD", **DEEPER},
        )
    )["data"]
    assert (judged["validation_passed"], judged["warnings"]) == (True, MEANT)
    assert not reading.strategy("orderbook_skew").symbols


def test_what_is_passed_over_is_reported_beside_it(api: APIClient):
    both = body(post(api, f"{SKEW}/config/BTCUSTD", {**DEEPER, "side": "LONG"}))["metadata"]["warnings"]
    assert both == [*MEANT, "side is passed over: a configuration holds for both sides"]


@pytest.mark.parametrize("path", [f"{SKEW}/config", f"{SKEW}/config/BTCUSDT"])
def test_of_what_is_known_nothing_is_reported(api: APIClient, path: str):
    assert body(post(api, path, DEEPER))["metadata"] == {"action": "created"}

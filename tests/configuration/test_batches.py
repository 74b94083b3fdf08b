"""What was changed at one stroke is taken back at one stroke."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from configuration import batches, reading, services
from configuration.exceptions import BatchChanged, BatchNotFound, RollbackFailed
from configuration.models import StrategyConfig
from configuration.permissions import ADD, CHANGE, DELETE
from configuration.services import Author
from tests.configuration.api.envelope import BASE, SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NAME = "orderbook_skew"


def held() -> dict[str | None, object]:
    levels = reading.strategy(NAME)
    return {name: dict(level.overrides) for name, level in levels.symbols.items()}


@pytest.fixture
def batch(author: Author) -> str:
    """ETHUSDT changed and SOLUSDT created at one stroke."""
    services.write(NAME, "ETHUSDT", {"top_levels": 3}, author=author)
    both: dict[str | None, dict[str, Any]] = {"ETHUSDT": {"top_levels": 9}, "SOLUSDT": {"top_levels": 9}}
    services.write_levels({NAME: both}, author=author)
    [one] = set(StrategyConfig.history.exclude(batch=None).values_list("batch", flat=True))
    return str(one)


def test_levels_get_back_what_they_held_and_again_what_they_held_since(batch: str, author: Author):
    made = batches.take_back(batch, author=author)
    assert held() == {"ETHUSDT": {"top_levels": 3}}
    batches.take_back(str(made), author=author)
    assert held() == {"ETHUSDT": {"top_levels": 9}, "SOLUSDT": {"top_levels": 9}}


def test_levels_changed_since_are_named_and_nothing_is_taken_back(batch: str, author: Author):
    services.write(NAME, "SOLUSDT", {"top_levels": 8}, author=author)
    before = held()
    with pytest.raises(BatchChanged, match=r"orderbook_skew, SOLUSDT$"):
        batches.take_back(batch, author=author)
    assert held() == before


def test_old_values_that_no_longer_pass_stop_all(author: Author):
    services.write(NAME, "ETHUSDT", {"sell_threshold": 1.0}, author=author)
    both: dict[str | None, dict[str, Any]] = {"ETHUSDT": {"top_levels": 9}, "SOLUSDT": {"top_levels": 9}}
    services.write_levels({NAME: both}, author=author)
    [batch] = set(StrategyConfig.history.exclude(batch=None).values_list("batch", flat=True))
    services.write(NAME, None, {"buy_threshold": 1.0}, author=author)
    before = held()
    with pytest.raises(RollbackFailed) as refusal:
        batches.take_back(batch, author=author)
    assert refusal.value.problems[0].message.startswith("orderbook_skew, ETHUSDT: sell_threshold < buy")
    assert held() == before


def test_a_single_level_is_no_batch(author: Author):
    services.write_levels({NAME: {"SOLUSDT": {"top_levels": 9}}}, author=author)
    assert StrategyConfig.history.get().batch is None


@pytest.mark.parametrize("unknown", ["nope", "0b0f6a52-7a55-4c8f-9d0e-3c3d1a0f4a11"])
def test_what_is_no_batch(unknown: str):
    with pytest.raises(BatchNotFound):
        batches.changes_in(unknown)


def test_over_rest(api: APIClient, batch: str):
    assert {item["batch"] for item in body(api.get(f"{SKEW}/audit?symbol=SOLUSDT"))["data"]} == {batch}
    read = body(api.get(f"{BASE}/batches/{batch}"))
    assert [(item["symbol"], item["is_newest"]) for item in read["data"]] == [
        ("ETHUSDT", True),
        ("SOLUSDT", True),
    ]
    dry = body(post(api, f"{BASE}/batches/{batch}/revert", {"validate_only": True}))
    assert (dry["metadata"], dry["data"]["batch"]) == ({"validation": "passed"}, None)
    done = body(post(api, f"{BASE}/batches/{batch}/revert", {"reason": "wrong template"}))
    assert done["metadata"] == {"action": "reverted"}
    assert held() == {"ETHUSDT": {"top_levels": 3}}
    again = body(post(api, f"{BASE}/batches/{batch}/revert", {}), 409)["error"]
    assert (again["code"], len(again["details"]["levels"])) == ("BATCH_CHANGED", 2)
    body(api.get(f"{BASE}/batches/{uuid4()}"), 404)


def test_a_batch_knows_which_one_took_it_back(batch: str, author: Author):
    assert batches.end_of(batches.changes_in(batch)) is None
    made = batches.take_back(batch, author=author)
    end = batches.end_of(batches.changes_in(batch))
    assert end is not None
    assert (end.batch, end.actor) == (made, "manager")
    assert batches.end_of(batches.changes_in(made)) is None


def test_levels_that_went_back_one_by_one_are_no_batch_that_was_taken_back(batch: str, author: Author):
    services.roll_back(NAME, "ETHUSDT", author=author)
    services.write(NAME, "SOLUSDT", {"top_levels": 8}, author=author)
    assert batches.end_of(batches.changes_in(batch)) is None


def test_the_outline_of_a_batch_states_what_it_takes(batch: str, author: Author):
    made = batches.take_back(batch, author=author)
    outlines = batches.outlines([UUID(batch), made])
    assert (outlines[UUID(batch)].size, outlines[UUID(batch)].permissions) == (2, {CHANGE, DELETE})
    assert outlines[made].permissions == {CHANGE, ADD}
    assert all(outline.is_known for outline in outlines.values())

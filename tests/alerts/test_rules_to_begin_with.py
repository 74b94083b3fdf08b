"""The rules that come with the product are sound and say what to do. About markets they do nothing by themselves."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from alerts.domain.rules import problems
from alerts.domain.watched import kind_of
from alerts.models import AlertRule
from tests.alerts.factories import saved

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SHIPPING = ("0004_rules_to_begin_with", "0008_rules_about_parts")


@pytest.fixture
def newest() -> Any:
    """Models as the last migration leaves them: what later ones added is at its default."""
    return MigrationExecutor(connection).loader.project_state().apps


@pytest.fixture
def shipped(newest: Any) -> Any:
    for name in SHIPPING:
        import_module(f"alerts.migrations.{name}").ship(newest, None)
    return AlertRule.objects.all()


def test_each_is_a_sound_rule_that_says_what_to_do(shipped: Any):
    assert len(shipped) == 17
    for row in shipped:
        assert problems(row.rule()) == {}, row.name
        assert len(row.advice) > 50


def test_what_is_usual_of_markets_differs_so_that_only_rules_about_parts_are_enabled(shipped: Any):
    assert {kind_of(row.watch) for row in shipped if row.is_enabled} == {"part"}
    assert {kind_of(row.watch) for row in shipped if not row.is_enabled} == {"market"}


def test_each_has_a_history_that_begins_with_it(shipped: Any):
    for row in shipped:
        [change] = AlertRule.history.of_rule(row.pk)
        assert (change.action.value, change.version, change.actor) == ("CREATE", 1, "system")
        assert change.instance.rule() == row.rule()


def test_a_rule_that_somebody_has_made_stays_as_it_is(newest: Any):
    own = saved(name="Nothing arrives")
    import_module("alerts.migrations.0008_rules_about_parts").ship(newest, None)
    assert AlertRule.objects.get(name="Nothing arrives").rule() == own.rule()

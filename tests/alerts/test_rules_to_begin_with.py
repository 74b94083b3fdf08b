"""The rules that come with the product are sound, say what to do, and do nothing by themselves."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from alerts.domain.rules import problems
from alerts.models import AlertRule

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def shipped() -> Any:
    """As the migration leaves them."""
    then = MigrationExecutor(connection).loader.project_state().apps
    import_module("alerts.migrations.0004_rules_to_begin_with").ship(then, None)
    return AlertRule.objects.all()


def test_each_is_a_sound_rule_that_says_what_to_do_and_is_disabled(shipped: Any):
    assert len(shipped) == 10
    for row in shipped:
        assert problems(row.rule()) == {}, row.name
        assert len(row.advice) > 50
        assert not row.is_enabled


def test_each_has_a_history_that_begins_with_it(shipped: Any):
    for row in shipped:
        [change] = AlertRule.history.of_rule(row.pk)
        assert (change.action.value, change.version, change.actor) == ("CREATE", 1, "system")
        assert change.instance.rule() == row.rule()

"""Stored values may outlive the declaration of their parameter."""

import pytest
from django.db import connection

from configuration import reading, services
from configuration.services import Author
from tests.configuration.written import made

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_value_of_an_undeclared_parameter_does_no_harm_and_leaves_with_the_next_change(author: Author):
    services.write("orderbook_skew", None, {"top_levels": 9}, author=author)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE configuration_strategyconfig SET parameters = '{\"retired\": 1}'")
    reading.reader.forget()
    config = reading.effective("orderbook_skew")
    assert "retired" not in config.parameters
    assert config.overrides == {}
    written = services.write("orderbook_skew", None, {"top_levels": 8}, author=author)
    assert made(written).new_parameters == {"top_levels": 8}

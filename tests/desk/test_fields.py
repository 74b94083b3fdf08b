"""The form, the file, the environment and REST take a text for the same value, or all refuse it."""

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from rest_framework.exceptions import ParseError

from configuration.api.parsing import TolerantJSONParser
from configuration.documents import read_document
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.environment import read_environment
from configuration.domain.parameters import ParameterSpec
from configuration.domain.problems import InvalidValue
from configuration.domain.strategy import StrategySpec
from configuration.plain_yaml import BadDocument
from desk.fields import read_texts, write_value
from tests.configuration.domain.test_literals import NO_NUMBERS, NUMBERS

SKEW = CATALOGUE["orderbook_skew"]
REFUSED = "refused"
NUMERIC = [
    spec.parameters[name]
    for spec, name in (
        (SKEW, "top_levels"),
        (SKEW, "buy_threshold"),
        (CATALOGUE["trade_momentum"], "sell_threshold"),
        (CATALOGUE["trade_momentum"], "price_weight"),
    )
]
TEXTS = some.one_of(
    some.sampled_from([text for text in [*NUMBERS, *NO_NUMBERS] if text.strip()]),
    some.text("0123456789", min_size=1, max_size=25),
    some.text("0123456789+-.eE_:xobnaif,\u00a0\u2003 ٣５−", min_size=1, max_size=8).filter(str.strip),
    some.floats(allow_nan=False, allow_infinity=False).map(repr),
    some.integers(-(10**20), 10**20).map(str),
)


def accepted(parameter: ParameterSpec, value: Any) -> Any:
    try:
        return repr(parameter.accept(value))
    except InvalidValue:
        return REFUSED


def by_form(parameter: ParameterSpec, text: str) -> Any:
    return accepted(parameter, read_texts(parameter, [text]))


def by_file(parameter: ParameterSpec, text: str) -> Any:
    document = f"format: 1\nstrategies:\n  any:\n    global:\n      {parameter.name}: {text}\n"
    try:
        return accepted(parameter, read_document(document)["any"][None][parameter.name])
    except BadDocument:
        return REFUSED


def by_rest(parameter: ParameterSpec, text: str) -> Any:
    try:
        return accepted(parameter, TolerantJSONParser().parse(BytesIO(text.encode())))
    except ParseError:
        return REFUSED


@pytest.mark.parametrize("parameter", NUMERIC, ids=lambda parameter: parameter.name)
@given(text=TEXTS)
def test_the_form_and_the_file_agree_on_every_number(parameter: ParameterSpec, text: str):
    assert by_form(parameter, text) == by_file(parameter, text)


@pytest.mark.parametrize("parameter", NUMERIC, ids=lambda parameter: parameter.name)
@given(text=TEXTS)
def test_what_is_a_number_in_json_is_the_same_number_in_the_form(parameter: ParameterSpec, text: str):
    if (value := by_rest(parameter, text)) != REFUSED:
        assert by_form(parameter, text) == value


@given(text=TEXTS)
def test_the_environment_takes_a_text_for_what_the_form_takes_it_for(text: str):
    assert in_environment(SKEW, "top_levels", text) == by_form(SKEW.parameters["top_levels"], text)


@pytest.mark.parametrize("parameter", NUMERIC, ids=lambda parameter: parameter.name)
@given(share=some.floats(0, 1))
def test_what_the_form_shows_is_what_it_reads(parameter: ParameterSpec, share: float):
    assert parameter.minimum is not None
    assert parameter.maximum is not None
    value = parameter.accept(
        round(parameter.minimum + share * (parameter.maximum - parameter.minimum))
        if parameter.type == "int"
        else min(parameter.maximum, parameter.minimum + share * (parameter.maximum - parameter.minimum))
    )
    assert by_form(parameter, write_value(value)) == by_file(parameter, json.dumps(value)) == repr(value)


def in_environment(spec: StrategySpec, name: str, text: str) -> Any:
    layer = read_environment(spec, {str(spec.parameters[name].environment): text})
    return repr(layer.values[name]) if name in layer.values else REFUSED

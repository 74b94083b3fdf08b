"""What programs are told, said to people: names as labels, kinds of values in plain words."""

import pytest

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.parameters import NOUNS
from configuration.domain.problems import InvalidValue
from desk.words import in_words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("top_levels must be an integer", "Top levels must be a whole number"),
        ("volume_confirmation must be a boolean", "Volume confirmation must be true or false"),
        ("buy_threshold must be a number", "Buy threshold must be a number"),
        ("exchanges must be a list", "Exchanges must be a list"),
        ("exchanges must have at least 2 entries, got 1", "Exchanges must have at least 2 entries, got 1"),
        ("symbol must be 2 to 32 letters", "Symbol must be 2 to 32 letters"),
        (
            "must be an integer, got 7.5; allowed: 1 to 20",
            "must be a whole number, got 7.5; allowed: 1 to 20",
        ),
        (
            "BTCUSDT: sell_threshold < buy_threshold must hold",
            "BTCUSDT: Sell threshold < Buy threshold must hold",
        ),
    ],
)
def test_a_sentence_for_programs_is_said_to_people(told: str, words: str):
    assert in_words(told) == words


PARAMETERS = [parameter for spec in CATALOGUE.values() for parameter in spec.parameters.values()]


@pytest.mark.parametrize("given", [None, {}, 7.5, "odd"], ids=repr)
def test_of_no_parameter_people_are_told_its_name_or_a_kind_that_programmers_know(given: object):
    for parameter in PARAMETERS:
        try:
            parameter.accept(given)
        except InvalidValue as refusal:
            words = in_words(refusal.problem.message)
            assert words.startswith(f"{parameter.label} must ")
            assert not [noun for noun in ("integer", "boolean", "string") if noun in words]
    assert {"an integer", "a boolean", "a string"} < set(NOUNS.values())

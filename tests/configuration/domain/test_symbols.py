"""Which symbols something may be set for; `tests/test_symbols.py` says how one is written."""

import pytest

from configuration.domain.problems import InvalidValue
from configuration.domain.symbols import RESERVED, parse_symbol
from symbols import fault_of
from tests.symbols import LISTED, LOOK_ALIKES


@pytest.mark.parametrize("text", ["BTCUSDT", "btc-usd", "brk.b", "1000PEPE", *LISTED])
def test_a_symbol_is_read_in_any_case(text: str):
    assert parse_symbol(text.lower()) == parse_symbol(text) == text.upper()


@pytest.mark.parametrize(
    "text", ["", "B", "..", ".", "A..B", "ABC.", ".ABC", "ß", "ßß", "ſſ", "A B", "x" * 33, *LOOK_ALIKES]
)
def test_what_is_no_symbol_is_refused_with_what_was_given(text: str):
    with pytest.raises(InvalidValue) as refusal:
        parse_symbol(text)
    assert refusal.value.problem.message == f"symbol must be {fault_of(text)}"


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_words_for_a_layer_or_for_nothing_name_no_symbol(word: str):
    for text in (word, word.lower()):
        with pytest.raises(InvalidValue) as refusal:
            parse_symbol(text)
        assert refusal.value.problem.message == f"symbol must not be {word}: that word names no symbol"

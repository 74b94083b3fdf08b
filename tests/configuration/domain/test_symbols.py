"""Which words name a symbol, and that markets and configuration mean the same by it."""

import pytest

from configuration.domain.problems import Refused
from configuration.domain.symbols import RESERVED, RULE, SYMBOL, parse_symbol
from metrics.domain import book


def test_markets_and_configuration_have_one_rule():
    assert SYMBOL.pattern == book.SYMBOL.pattern
    assert f"must be {book.SYMBOL_RULE}" == RULE


@pytest.mark.parametrize("text", ["BTCUSDT", "btc-usd", "brk.b", "1000PEPE"])
def test_a_symbol_is_read_in_any_case(text: str):
    assert parse_symbol(text) == text.upper()


@pytest.mark.parametrize(
    "text", ["", "B", "..", ".", "A..B", "ABC.", ".ABC", "ß", "ßß", "ſſ", "A B", "x" * 33]
)
def test_what_is_no_symbol_is_refused_with_what_was_given(text: str):
    with pytest.raises(Refused) as refusal:
        parse_symbol(text)
    assert refusal.value.problem.reason == f"{RULE}; got {text}"


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_words_for_a_layer_or_for_nothing_name_no_symbol(word: str):
    for text in (word, word.lower()):
        with pytest.raises(Refused) as refusal:
            parse_symbol(text)
        assert refusal.value.problem.message == f"symbol must not be {word}: that word names no symbol"

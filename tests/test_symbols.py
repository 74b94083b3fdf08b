"""What names a market, and what only looks as if it did; the reference knows letters by their names in Unicode."""

import json
import re
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from symbols import PATTERN, RULE, STRANGERS, capitals, fault_of, read_symbol, shown, stranger_in
from tests.symbols import LISTED, LOOK_ALIKES, symbols, words

EVERYTHING = [chr(number) for number in range(sys.maxunicode + 1)]
YOUNGER_THAN_THE_RULE = [(0x2B739, 0x2B73F), (0x2CEA2, 0x2CEAF), (0x2EBF0, 0x2F7FF), (0x31350, 0x3FFFF)]
"""Where Unicode has put ideographs since version 14, and may put more."""
IDEOGRAPHS = (
    "CJK UNIFIED IDEOGRAPH-",
    "CJK COMPATIBILITY IDEOGRAPH-",
    "IDEOGRAPHIC ITERATION",
    "IDEOGRAPHIC CLOSING",
)


def is_letter(char: str) -> bool:
    """Does one write words of Chinese, Japanese or Korean with it, and is it nothing but itself?"""
    name = unicodedata.name(char, "")
    is_kana = name.startswith(("HIRAGANA", "KATAKANA")) and "\u3040" <= char <= "\u30ff"
    is_cjk = is_kana or name.startswith((*IDEOGRAPHS, "HANGUL SYLLABLE "))
    is_itself = all(unicodedata.normalize(form, char) == char for form in ("NFC", "NFKC"))
    return is_cjk and is_itself and unicodedata.category(char) in ("Lo", "Lm")


def is_symbol(text: str) -> bool:
    """The rule once more, slowly."""
    is_word = [
        char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" or is_letter(char)
        for char in text
    ]
    return (
        2 <= len(text) <= 32
        and all(word or char in "._-" for word, char in zip(is_word, text, strict=True))
        and is_word[0]
        and text[-1] != "."
        and ".." not in text
        and unicodedata.normalize("NFC", text) == text
    )


def test_every_character_there_is__counts_as_the_letter_its_name_states():
    for char in EVERYTHING:
        if not any(first <= ord(char) <= last for first, last in YOUNGER_THAN_THE_RULE):
            assert (read_symbol(f"A{char}A") is not None) == is_symbol(f"A{char}A"), hex(ord(char))


@given(
    st.text(max_size=40)
    | st.text("AZaz09._-", max_size=34)
    | st.text(words | st.sampled_from("._-"), max_size=34)
)
@example("..")
@example("A.")
@example(".A")
@example("A..B")
@example("-A")
@example("A\n")
@example("ー1")
@example("々〆")
@example("か\u3099A")
@example("A" * 33)
@example("𠮷" * 32)
def test_text_is_a_symbol_exactly_where_the_slow_rule_takes_it(text: str):
    assert (read_symbol(text) is not None) == is_symbol(text)


@given(symbols)
def test_a_symbol_is_in_nfc_and_named_by_itself_alone(symbol: str):
    assert read_symbol(symbol) == symbol
    assert unicodedata.normalize("NFC", symbol) == symbol
    assert symbol.upper() == symbol
    assert read_symbol(symbol.lower()) == symbol


@given(st.text())
def test_of_all_letters_only_those_of_ascii_have_capitals(text: str):
    expected = [char.upper() if char.isascii() else char for char in text]
    assert list(capitals(text)) == expected


@pytest.mark.parametrize("symbol", LISTED)
def test_symbols_as_exchanges_list_them(symbol: str):
    assert read_symbol(symbol) == read_symbol(symbol.lower()) == symbol
    assert len(symbol) == len(read_symbol(symbol) or "")


@pytest.mark.parametrize(("text", "stranger"), LOOK_ALIKES.items(), ids=map(ascii, LOOK_ALIKES))
def test_what_only_looks_like_a_symbol_is_refused_by_the_name_of_its_first_stranger(text: str, stranger: str):
    assert read_symbol(text) is None
    assert fault_of(text) == f"{RULE}; got {shown(text)}, where character 1 is {stranger}"
    assert stranger_in(f"币{text}") == f"character 2 is {stranger}"


@pytest.mark.parametrize("text", ["", "B", "..", "A.", ".A", "A..B", "-A", "x" * 33])
def test_where_no_character_is_strange_the_rule_and_what_was_given_are_stated(text: str):
    assert fault_of(text) == f"{RULE}; got {shown(text)}"
    assert stranger_in(text) == ""


@given(st.text(st.characters(exclude_categories=())))
@example("\ud800\u202eA\u0000\u3164\u115f")
def test_a_sentence_can_be_sent_and_repeats_nothing_unseen_and_nothing_at_length(text: str):
    sentence = fault_of(text)
    sentence.encode()
    assert len(sentence) < len(RULE) + 500
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Mn", "Zl", "Zp") for char in sentence)


@given(symbols | st.sampled_from(LISTED))
def test_the_pattern_for_clients_admits_every_symbol(symbol: str):
    assert re.search(PATTERN, symbol)
    assert re.search(PATTERN, symbol.lower())
    json.dumps(PATTERN).encode("ascii")


def test_the_class_for_clients_is_every_stranger_of_the_first_plane():
    for char in EVERYTHING[:0x10000]:
        if not "\ud800" <= char <= "\udfff":
            assert bool(re.match(f"[{STRANGERS}]", char)) == (stranger_in(char) != ""), hex(ord(char))


def test_a_letter_that_has_no_name_is_shown_by_its_number():
    """Tangut, and some others, have none in Python."""
    assert "U+17751" in fault_of("BTC\U00017751")

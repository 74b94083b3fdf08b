"""Configuration documents: names and numbers as they stand, and a sentence for whatever cannot be read."""

from typing import Any

import pytest

from configuration.documents import read_document
from configuration.plain_yaml import BadDocument
from tests.configuration.domain.test_literals import NO_NUMBERS, NUMBERS

DOCUMENT = "format: 1\nstrategies:\n  orderbook_skew:\n    global:\n      top_levels: %s\n"


def value_of(text: str) -> Any:
    return read_document(DOCUMENT % text)["orderbook_skew"][None]["top_levels"]


@pytest.mark.parametrize("name", ["NO", "on", "1000", "1.5", "2026-01-01", "~"])
def test_a_bare_word_that_yaml_takes_for_something_else_is_no_symbol(name: str):
    document = "format: 1\nstrategies: {orderbook_skew: {symbols: {%s: {top_levels: 3}}}}"
    with pytest.raises(BadDocument, match="a name that is not text"):
        read_document(document % name)
    quoted = read_document(document % f"'{name}'")
    assert quoted == {"orderbook_skew": {name: {"top_levels": 3}}}


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_what_the_form_takes_it_for(text: str):
    assert value_of(text) == NUMBERS[text]


@pytest.mark.parametrize("text", [text for text in NO_NUMBERS if text.strip() and text != "true"])
def test_what_only_yaml_takes_for_a_number_is_text(text: str):
    assert value_of(text) == text


@pytest.mark.parametrize("text", ["'5'", '"5"', "|-\n        5"])
def test_what_is_in_quotes_is_text(text: str):
    assert value_of(text) == "5"


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_none(text: str):
    assert value_of(text) is None


def test_truth_values_are_true_and_false_and_no_other_words():
    assert [value_of(text) for text in ("true", "false", "yes", "off")] == [True, False, "yes", "off"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("format: 1\nformat: 1", "the document names format twice, line 2, column 1"),
        (
            "format: 1\nstrategies: {}\nstrategies: {}",
            "the document names strategies twice, line 3, column 1",
        ),
        ("format: 1\nstrategies: {a: {}, a: {}}", "strategies names a twice, line 2, column 21"),
        ("format: 1\nstrategies: {a: {global: {}, global: {}}}", "a names global twice, line 2, column 30"),
        ("format: 1\nstrategies: {a: {global: {x: 1, 'x': 2}}}", "a.global names x twice, line 2, column 33"),
        (
            "format: 1\nstrategies: {a: {symbols: {X: {}, X: {}}}}",
            "a.symbols names X twice, line 2, column 35",
        ),
        ("format: 1\nstrategies: {a: {symbols: {X: {}, x: {}}}}", "a.symbols names x twice"),
        (
            "format: 1\nstrategies: {a: {symbols: {X: {y: 1, y: 1}}}}",
            "a.symbols.X names y twice, line 2, column 38",
        ),
    ],
)
def test_what_stands_twice_is_refused_at_every_depth(text: str, sentence: str):
    with pytest.raises(BadDocument) as refusal:
        read_document(text)
    assert str(refusal.value) == sentence


ANCHORED = "anchors and aliases (& and *) are not read: write it out"
TOO_DEEP = "nested too deeply"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (DOCUMENT % "!!int 5", "tags such as tag:yaml.org,2002:int are not read, line 5, column 19"),
        (
            DOCUMENT % "!!python/object/apply:os.system [ls]",
            "tags such as tag:yaml.org,2002:python/object/app",
        ),
        (DOCUMENT % "&five 5", f"{ANCHORED}, line 5, column 19"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", ANCHORED),
        ("format: 1\n<<: {strategies: {}}", "the document merges with <<, which is not read: write it out"),
        (DOCUMENT % "[[1]]", "orderbook_skew.global.top_levels must be a value or a list of values"),
        (DOCUMENT % "{of: 5}", "orderbook_skew.global.top_levels must be a value or a list of values"),
        ("[" * 10_000, TOO_DEEP),
        ("{a: " * 10_000, TOO_DEEP),
        ("- " * 10_000, TOO_DEEP),
        ("? " * 10_000, TOO_DEEP),
        ("\n".join(f"{' ' * depth}a:" for depth in range(1000)), TOO_DEEP),
        (
            "format: 1\n---\nformat: 1",
            "not YAML: expected a single document in the stream, but found another",
        ),
        ("format: 1\n\tstrategies: {}", "cannot start any token, line 2, column 1"),
        ("format: true", "format must be 1"),
        ("", "the document must be a mapping"),
        ("format: 1\nstrategies:", "strategies must be a mapping, line 2, column 12"),
        ("? [format]\n: 1", "the document has a name that is not text, line 1, column 3"),
        ("a: \0", "not YAML: character 4 is U+0000, which is none of a text"),
        ('a: "\\UFFFFFFFF"', "not YAML: the number of an escape or of a directive is too large"),
        ('a: "\\ud83d"', "half a character (an unpaired surrogate), line 1, column 4"),
        (f"%YAML {'9' * 5000}.1\n---\nformat: 1", "not YAML: the number of an escape or of a directive"),
        ("format: 1\nstrategies: {a: {%s: 1}}" % ("x" * 500), f"a has no {'x' * 60}…"),
    ],
)
def test_what_no_document_needs_is_reported_in_a_sentence(text: str, sentence: str):
    with pytest.raises(BadDocument) as refusal:
        read_document(text)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_mark_of_the_byte_order_is_passed_over():
    assert read_document("\ufeffformat: 1\n") == {}

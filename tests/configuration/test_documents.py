"""Names in a configuration document."""

import pytest

from configuration.documents import BadDocument, read_document


@pytest.mark.parametrize("name", ["NO", "on", "1000", "1.5", "2026-01-01", "~"])
def test_a_bare_word_that_yaml_takes_for_something_else_is_no_symbol(name: str):
    document = "format: 1\nstrategies: {orderbook_skew: {symbols: {%s: {top_levels: 3}}}}"
    with pytest.raises(BadDocument, match="a name that is not text"):
        read_document(document % name)
    quoted = read_document(document % f"'{name}'")
    assert quoted == {"orderbook_skew": {name: {"top_levels": 3}}}

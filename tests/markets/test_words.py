"""What a venue sends, before it stands in a log."""

from markets.words import MOST_LETTERS, plain


def test_words_of_others__are_one_line_that_prints() -> None:
    assert plain("no\r\n2026-11-28 ERROR forged\x1b[31m \ud800") == "no 2026-11-28 ERROR forged?[31m ?"


def test_words_of_others__are_not_kept_without_bounds() -> None:
    assert plain("a" * 10_000_000) == "a" * MOST_LETTERS

"""What is counted of a venue."""

from markets.figures import MOST_REASONS, OTHER, Figures
from markets.words import MOST_LETTERS


def test_the_first_no_of_its_kind__is_news_and_the_second_is_not() -> None:
    figures = Figures("okx", "spot")

    assert [figures.refused(words) for words in ("a", "a", "b")] == [True, False, True]


def test_thousands_of_different_noes__are_counted_within_bounds_and_are_no_news_any_more() -> None:
    figures = Figures("okx", "spot")

    news = [figures.refused(f"no {number}") for number in range(5_000)]

    assert figures.refusals.total() == 5_000
    assert len(figures.refusals) == MOST_REASONS + 1
    assert figures.refusals[OTHER] == 5_000 - MOST_REASONS
    assert sum(news) == MOST_REASONS + 1


def test_a_no_of_many_megabytes__is_kept_in_few_words() -> None:
    figures = Figures("okx", "spot")

    figures.refused("x" * 10_000_000)

    assert [len(words) for words in figures.refusals] == [MOST_LETTERS]


def test_trouble_of_one_part__is_not_over_when_another_is_back() -> None:
    figures, one, other = Figures("okx", "spot"), object(), object()

    assert figures.away(one, "cut")
    assert not figures.away(other, "refused")
    assert not figures.back(other)
    assert figures.trouble == "cut"
    assert figures.back(one)
    assert figures.trouble == ""
    assert not figures.back(one)

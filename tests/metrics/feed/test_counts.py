"""What became no number is counted by reason, and told in the log once each."""

import pytest

from metrics.feed.counts import Counts


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "metrics.feed.counts"]


def test_the_first_of_each_reason_is_logged_with_its_symbol_and_no_other(caplog: pytest.LogCaptureFixture):
    counts = Counts()
    counts.refuse("late", "BTCUSDT")
    counts.refuse("late", "ETHUSDT", 3)
    counts.refuse("not_json")
    assert counts.refused == {"late": 4, "not_json": 1}
    assert lines(caplog) == [
        "refused late BTCUSDT; counted from now on, not logged again",
        "refused not_json; counted from now on, not logged again",
    ]


def test_changes_of_a_book_are_ignored_without_a_line(caplog: pytest.LogCaptureFixture):
    counts = Counts()
    counts.refuse("diff_depth", "BTCUSDT", 20)
    assert (counts.refused, counts.ignored) == ({}, {"diff_depth": 20})
    assert lines(caplog) == []

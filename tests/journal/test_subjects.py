"""A journal is of what feed and strategies hear, and of each message once."""

import pytest

from journal.subjects import captured


@pytest.mark.parametrize(
    ("patterns", "kept"),
    [
        (["binance.websocket.data", "binance.websocket.data"], ["binance.websocket.data"]),
        (["market.*.depth.*", "market.*.trade.*"], ["market.*.depth.*", "market.*.trade.*"]),
        (["market.*.depth.*", "market.*.*.*"], ["market.*.*.*"]),
        (["binance.websocket.data", "market.>", "market.*.depth.*"], ["binance.websocket.data", "market.>"]),
        (["market.okx.*.*", "market.*.depth.*"], ["market.*.*.*"]),
        (["a.*.b", "a.c.*", "a.d.e"], ["a.*.*"]),
        (["a.b", "a.b.>"], ["a.b", "a.b.>"]),
        ([], []),
    ],
)
def test_of_subjects_that_overlap_becomes_one_that_covers_both(patterns: list[str], kept: list[str]):
    assert captured(patterns) == kept


@pytest.mark.parametrize("pattern", [">", "*.websocket.data", "*"])
def test_everything_on_nats_is_no_market(pattern: str):
    with pytest.raises(ValueError, match="matches whatever is said on NATS"):
        captured(["binance.websocket.data", pattern])

"""Which subject a frame goes to."""

import pytest

from markets.simulation.subjects import BadSubject, kind_of, subject_for


@pytest.mark.parametrize(
    ("pattern", "kind", "subject"),
    [
        ("binance.websocket.data", "trade", "binance.websocket.data"),
        ("market.*.depth.*", "depth", "market.binance.depth.BTCUSDT"),
        ("market.*.depth.*", "trade", "market.binance.trade.BTCUSDT"),
        ("market.*.*.*", "ticker", "market.binance.ticker.BTCUSDT"),
        ("desk.depth.*", "depth", "desk.depth.BTCUSDT"),
    ],
)
def test_stars_become_venue_kind_and_symbol(pattern: str, kind: str, subject: str):
    assert subject_for(pattern, kind, "BTCUSDT") == subject


def test_a_symbol_of_any_script_stands_in_a_subject_as_it_is():
    assert subject_for("market.*.depth.*", "depth", "币安人生USDT") == "market.binance.depth.币安人生USDT"


@pytest.mark.parametrize("pattern", ["market.>", "a..b", "", "market.*.*.*.*", "market.x*.depth.*"])
def test_what_cannot_be_published_to_is_refused(pattern: str):
    with pytest.raises(BadSubject):
        subject_for(pattern, "depth", "BTCUSDT")


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("depth20@100ms", "depth"),
        ("depth5", "depth"),
        ("depth@100ms", "diff"),
        ("depth", "diff"),
        ("aggTrade", "trade"),
        ("trade", "trade"),
        ("bookTicker", "bookTicker"),
        ("ticker", "ticker"),
    ],
)
def test_increments_of_a_book_are_no_books(stream: str, kind: str):
    assert kind_of(stream) == kind

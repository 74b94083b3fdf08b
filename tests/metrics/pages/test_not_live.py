"""What is not live is listed in the order in which somebody should look at it."""

from collections.abc import Callable

from metrics.pages.not_live import not_live
from metrics.store.reader import StoreReader
from tests.factories import START, Clock, mixed_books, spot_book, usdm_book


def test_the_suspect_first_then_what_is_shown_then_what_cannot_be(
    reader: StoreReader, publish: Callable[..., None]
):
    late = usdm_book("ADAUSDT", event_time=START - 3600)
    publish(spot_book("BNBUSDT", asks=[]), spot_book("BTCUSDT"), *mixed_books("SOLUSDT"), late)
    assert [each[:3] for each in not_live(reader)] == [
        ("SOLUSDT", "suspect", "mixed_prices"),
        ("BNBUSDT", "one_sided", "one_sided"),
        ("ADAUSDT", None, "late"),
    ]


def test_without_a_feed_rows_still_tell_that_they_are_stale(
    reader: StoreReader, publish: Callable[..., None], clock: Clock
):
    publish(spot_book(), usdm_book("ADAUSDT", event_time=START - 3600))
    clock.advance(30)  # the feed is silent by now, and what it said of others is old
    assert not_live(reader) == [("BTCUSDT", "stale", "silent", START, "binance/spot")]
    assert not_live(reader)[0].explanation == "no message since 22:14:00 UTC"

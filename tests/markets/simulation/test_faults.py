"""Bad messages are bad in exactly the way their name says."""

from random import Random
from typing import Any

import msgspec
import pytest

from markets.simulation import frames
from markets.simulation.faults import FAULTS, FUTURES_ONLY, SPOT_ONLY, Faults, newer
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from metrics.domain.book import BookUpdate, Refused
from metrics.feed.wire import WireDecoder
from tests.factories import depth_analyzer


def good_book(form: Any) -> tuple[str, dict[str, Any]]:
    rng = Random(4)
    instrument = SimulatedMarket(listings(3, form, rng), 10, rng).instruments[2]
    return frames.book_stream(instrument), frames.book(instrument, 1_790_000_000_000)


@pytest.mark.parametrize("form", ["spot", "usdm"])
def test_every_kind_appears_in_turn_and_spoils_nothing_else(form: str):
    stream, data = good_book(form)
    before = msgspec.json.encode(data)
    faults = Faults()
    expected = FAULTS.keys() - (SPOT_ONLY if form == "usdm" else FUTURES_ONLY)
    seen = {faults.next(stream, data) for _ in range(2 * len(FAULTS))}
    assert len(seen) == len(expected)
    assert frames.encode(stream, data) not in seen
    assert msgspec.json.encode(data) == before


@pytest.mark.parametrize("kind", ["truncated", "not_utf8", "bare_nan"])
def test_some_are_no_json(kind: str):
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        msgspec.json.decode(FAULTS[kind](*good_book("spot")))


@pytest.mark.parametrize("kind", sorted(set(FAULTS) - {"truncated", "not_utf8", "bare_nan"}))
@pytest.mark.parametrize("form", ["spot", "usdm"])
def test_the_others_are(kind: str, form: str):
    assert msgspec.json.decode(FAULTS[kind](*good_book(form)))["data"]


REASONS = {
    "truncated": "not_json",
    "not_utf8": "not_json",
    "bare_nan": "not_json",
    "wrong_type": "wrong_type",
    "word_for_number": "wrong_type",
    "nan_price": "bad_number",
    "infinite_quantity": "bad_number",
    "negative_quantity": "bad_number",
    "negative_price": "bad_number",
    "zero_price": "bad_number",
    "crossed": "crossed",
    "locked": "crossed",
    "out_of_order": "unordered_levels",
    "same_price_twice": "duplicate_price",
    "too_many_levels": "too_many_levels",
    "bad_symbol": "bad_symbol",
    "other_symbol": "symbol_mismatch",
    "id_going_back": "out_of_date",
}


@pytest.mark.parametrize("form", ["spot", "usdm"])
@pytest.mark.parametrize("kind", FAULTS)
def test_the_feed_refuses_each_for_its_reason(kind: str, form: str):
    if kind in (FUTURES_ONLY if form == "spot" else SPOT_ONLY):
        return
    decoder, analyzer = WireDecoder(), depth_analyzer()
    stream, data = good_book(form)

    def take(raw: bytes) -> None:
        update = decoder.decode(raw)
        assert isinstance(update, BookUpdate)
        analyzer.update(update, 1_790_000_000.0)

    take(frames.encode(stream, data))
    if kind == "other_form":
        take(FAULTS[kind](stream, newer(data)))
        assert len(analyzer.states) == 2, "a book of another form is of another market"
        return
    with pytest.raises(Refused) as caught:
        take(FAULTS[kind](stream, newer(data)))
    assert caught.value.reason == REASONS[kind]


def test_a_market_has_about_one_bad_message_to_a_hundred_books():
    def sent(faults: bool) -> int:
        rng = Random(6)
        market = SimulatedMarket(listings(6, "mixed", rng), 10, rng, kinds=("depth",), faults=faults)
        return sum(len(market.tick(0)) for _ in range(round(60 / market.tick_seconds)))

    assert sent(faults=False) == 3_600
    assert 3_600 + 15 < sent(faults=True) < 3_600 + 65

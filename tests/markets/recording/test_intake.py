"""What is kept of what comes: every frame, in order, with a time that never goes back."""

import json
from typing import Any

import pytest

from markets.recording import intake as module
from markets.recording.intake import Changed, Intake
from markets.recording.reading import Arrival
from tests.markets.recording.recorded import AT_US

TRADE = b'{"stream":"btcusdt@trade","data":{"e":"trade"}}'


def change(first: int, last: int) -> bytes:
    data = {"e": "depthUpdate", "U": first, "u": last, "b": [], "a": []}
    return json.dumps({"stream": "btcusdt@depth", "data": data}).encode()


def test_every_place_has_its_own_batch():
    intake = Intake()
    for place in ("market.okx.trade.BTCUSDT", "binance.websocket.data", "market.okx.depth.BTCUSDT"):
        intake.take(place, TRADE, "", AT_US)
    assert {each.place: len(each.arrivals) for each in intake.batches()} == {"okx": 2, "mixed": 1}
    assert intake.batches() == []


@pytest.mark.parametrize("payload", [b"[]", b"no", b'{\n"a":1}'])
def test_what_is_no_line_is_refused_and_counted(payload: bytes):
    intake = Intake()
    intake.take("market.okx.trade.BTCUSDT", payload, "", AT_US)
    assert (intake.batches(), intake.taken, intake.refused) == ([], 0, 1)


@pytest.mark.parametrize(
    ("claimed", "at_us"),
    [
        (str(AT_US - 1_500), AT_US - 1_500),
        (str(AT_US + 1_500), AT_US + 1_500),
        ("", AT_US),
        ("-5", AT_US),
        ("yesterday", AT_US),
        ("9" * 5_000, AT_US),
        (str(AT_US - 61_000_000), AT_US),
        (str(AT_US + 61_000_000), AT_US),
    ],
)
def test_a_producer_states_when_a_frame_was_received__as_far_as_that_may_be(claimed: str, at_us: int):
    intake = Intake()
    intake.take("market.okx.trade.BTCUSDT", TRADE, claimed, AT_US)
    assert intake.batches()[0].arrivals == [Arrival(at_us, TRADE)]


def test_times_of_a_place_never_go_back__also_from_batch_to_batch():
    intake = Intake()
    times: list[int] = []
    for at_us in (AT_US, AT_US - 10, AT_US + 5, AT_US + 1):
        intake.take("market.okx.trade.BTCUSDT", TRADE, str(at_us), AT_US)
        times += [arrival.at_us for batch in intake.batches() for arrival in batch.arrivals]
    assert times == [AT_US, AT_US, AT_US + 5, AT_US + 5]


def taken(*payloads: bytes) -> list[Changed]:
    intake = Intake()
    for payload in payloads:
        intake.take("market.binance.diff.BTCUSDT", payload, "", AT_US)
    return intake.batches()[0].changes


def test_a_batch_states_of_which_symbols_changes_came():
    assert taken(change(1, 3), change(4, 9)) == [Changed("BTCUSDT", 9, is_broken=False)]


def test_a_batch_states_that_changes_are_missing():
    assert taken(change(1, 3), change(5, 9), change(10, 11)) == [Changed("BTCUSDT", 11, is_broken=True)]


def test_whole_books_are_no_changes():
    assert taken(b'{"stream":"btcusdt@depthSnapshot","data":{"lastUpdateId":7,"bids":[],"asks":[]}}') == []


def test_a_chain_goes_on_from_batch_to_batch():
    intake = Intake()
    claimed = []
    for payload in (change(1, 3), change(4, 9), change(11, 12)):
        intake.take("market.binance.diff.BTCUSDT", payload, "", AT_US)
        claimed += [each.is_broken for batch in intake.batches() for each in batch.changes]
    assert claimed == [False, False, True]


def test_more_than_fits_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_WAITING_BYTES", 2 * len(TRADE))
    intake = Intake()
    for _ in range(3):
        intake.take("market.okx.trade.BTCUSDT", TRADE, "", AT_US)
    assert (len(intake.batches()[0].arrivals), intake.dropped) == (2, 1)
    intake.take("market.okx.trade.BTCUSDT", TRADE, "", AT_US)
    assert intake.dropped == 1


def test_only_so_many_places_have_files_of_their_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_PLACES", 3)
    intake = Intake()
    for number in range(6):
        intake.take(f"market.place{number}.trade.BTCUSDT", TRADE, "", AT_US)
    places: dict[str, Any] = {each.place: len(each.arrivals) for each in intake.batches()}
    assert places == {"place0": 1, "place1": 1, "place2": 1, "mixed": 3}

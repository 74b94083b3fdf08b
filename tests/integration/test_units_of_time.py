"""Times as producers write them, in seconds down to nanoseconds: the same time everywhere, or no number."""

import json
from typing import Any

import pytest

from tests.factories import START, spot_book, trade, usdm_book
from tests.integration.trial import Trial
from tests.strategies.test_engine import ticker_frame, trade_frame

SENT_AT = START - 2
AS_REST_WRITES_IT = "2023-11-14T22:13:58.000Z"
UNITS = {"s": 1, "ms": 1_000, "µs": 1_000_000, "ns": 1_000_000_000}
YEAR = 365 * 86_400


def stamped(raw: bytes, at: float, unit: str) -> bytes:
    """The frame with its times in another unit."""
    message: dict[str, Any] = json.loads(raw)
    for name in ("E", "T"):
        if name in message["data"]:
            message["data"][name] = round(at) * UNITS[unit]
    return json.dumps(message).encode()


@pytest.mark.parametrize("unit", UNITS)
def test_the_same_event_time_in_every_unit(trial: Trial, unit: str):
    spot = json.loads(spot_book("ETHUSDT"))
    spot["data"]["E"] = round(SENT_AT) * UNITS[unit]
    trial.play([(START, stamped(usdm_book(), SENT_AT, unit)), (START, json.dumps(spot).encode())])
    for symbol in ("BTCUSDT", "ETHUSDT"):
        answer = trial.get(f"/metrics/depth/{symbol}")
        assert (answer["state"], answer["event_time"]) == ("live", AS_REST_WRITES_IT)
    assert trial.engine.refused == {}
    [report] = trial.get("/feed")["feeds"]
    assert report["lag_ms"] == pytest.approx(2_000)


@pytest.mark.parametrize("unit", UNITS)
def test_trades_in_every_unit_decide_alike(trial: Trial, unit: str):
    """What is climbing is bought, whatever the times are counted in."""
    climb = [(START + step, trade_frame(step, 100 + step * step, START + step)) for step in range(12)]
    trial.play([(at, stamped(raw, at, unit)) for at, raw in climb])
    assert trial.engine.refused == {}
    assert [signal.price for signal in trial.signals("trade_momentum")] == [181.0]


@pytest.mark.parametrize(
    "made", ["2023-11-14T22:13:58Z", "2023-11-14T22:13:58.000000000Z", "2023-11-14T23:13:58+01:00"]
)
def test_without_a_time_of_its_own_a_book_has_that_of_its_envelope(trial: Trial, made: str):
    trial.play([(START, spot_book(timestamp=made))])
    assert trial.get("/metrics/depth/BTCUSDT")["event_time"] == AS_REST_WRITES_IT


WRONG = {
    "a year ahead": (START + YEAR, "ahead_of_time"),
    "a minute and a second ahead": (START + 61, "ahead_of_time"),
    "half a minute and a second late": (START - 31, "late"),
    "a year late": (START - YEAR, "late"),
    "of 1970": (1.0, "bad_time"),
    "of 2100": (4_102_444_800.0, "bad_time"),
}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_book_of_another_time_becomes_no_number(trial: Trial, wrong: str, unit: str):
    at, reason = WRONG[wrong]
    spot = json.loads(spot_book("ETHUSDT"))
    spot["data"]["E"] = round(at) * UNITS[unit]
    frames = [stamped(usdm_book(), at, unit), json.dumps(spot).encode()]
    trial.play([(START, raw) for raw in frames], until=START + 2)
    assert {symbol for _, rows in trial.shown for symbol in rows} == set()
    for symbol in ("BTCUSDT", "ETHUSDT"):
        trial.get(f"/metrics/depth/{symbol}", status=404)
    assert trial.signalled == []
    assert trial.feed.refused == trial.engine.refused == {reason: 2}


@pytest.mark.parametrize(
    ("at", "is_taken"), [(START - 29, True), (START + 59, True), (START, True), (START - 31, False)]
)
def test_up_to_half_a_minute_late_and_a_minute_ahead_is_now(trial: Trial, at: float, is_taken: bool):
    trial.play([(START, usdm_book(event_time=at))])
    assert bool(trial.live("BTCUSDT")) == is_taken


@pytest.mark.parametrize("wrong", ["a year ahead", "a year late"])
def test_trades_and_tickers_of_another_time_are_no_price_and_decide_nothing(trial: Trial, wrong: str):
    """A book disagrees with them by far, and is shown."""
    at, reason = WRONG[wrong]
    climb = [
        (START + step, trade(price=f"{9_000 + step * step}", trade_id=step, at=at)) for step in range(12)
    ]
    books = [(START + step, spot_book(update_id=step + 1)) for step in range(12)]
    trial.play(sorted([*climb, *books, (START + 12, ticker_frame(at))]))
    assert len(trial.live("BTCUSDT")) == len(trial.shown)
    assert trial.feed.refused == trial.engine.refused == {reason: 13}
    assert trial.signals("trade_momentum") == []

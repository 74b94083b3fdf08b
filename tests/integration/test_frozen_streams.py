"""Streams that go on sending their last message: it is no news, however often and however long it comes."""

from collections.abc import Callable, Iterator

import pytest

from tests.factories import START, frame, spot_book, usdm_book
from tests.integration.pipeline import Arrival
from tests.integration.trial import Trial
from tests.strategies.scenes import HOUR

STALE_AFTER, TTL = 5.0, 60.0
SKEWED = [(100.0, 9.0), (99.9, 9.0)]
TIGHT = [(100.01, 1.0), (100.02, 1.0)]
TOLERANCE = 0.25
"""Seconds between two publications."""


def every(
    seconds: float, until: float, make: Callable[[float], bytes], begin: float = 0.0
) -> Iterator[Arrival]:
    """A frame at fixed intervals of the trial; `make` gets the time, in seconds since its start."""
    for step in range(round((until - begin) / seconds) + 1):
        now = begin + step * seconds
        yield START + now, make(now)


def spot(_: float = 0.0) -> bytes:
    return spot_book(bids=SKEWED, asks=TIGHT, update_id=7)


def spot_in_the_second_envelope(_: float = 0.0) -> bytes:
    return spot_book(bids=SKEWED, asks=TIGHT, update_id=7, timestamp="2023-11-14T22:14:00.000Z")


def usdm(_: float = 0.0) -> bytes:
    return usdm_book(bids=SKEWED, asks=TIGHT, update_id=7, event_time=START)


@pytest.mark.parametrize("same", [spot, spot_in_the_second_envelope, usdm])
@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_the_same_bytes_of_a_book__live_then_stale_then_gone_for_ever(
    trial: Trial, same: Callable[..., bytes]
):
    ends = 100.0
    trial.play(every(0.2, ends, same))
    (_, live), (stale_at, stale), (gone_at, gone) = trial.states("BTCUSDT")
    assert (live, stale, gone) == ("live", "stale", None)
    assert stale_at - START == pytest.approx(STALE_AFTER, abs=2 * TOLERANCE)
    assert gone_at - START == pytest.approx(TTL, abs=1 + TOLERANCE)
    trial.get("/metrics/depth/BTCUSDT", status=404)
    assert trial.feed.analyzer.accepted == 1
    refused = trial.feed.refused
    assert refused == trial.engine.refused
    assert refused.total() == 5 * ends
    assert set(refused) == ({"repeated"} if same is spot else {"repeated", "late"})
    assert len(trial.signals("orderbook_skew")) == 1


def test_the_same_contract_frame_that_was_old_from_the_first__never_live(trial: Trial):
    trial.play(every(0.2, 70.0, lambda _: usdm_book(event_time=START - 31)))
    assert trial.states("BTCUSDT") == [(pytest.approx(START + TOLERANCE), None)]
    assert trial.feed.refused == trial.engine.refused == {"late": 351}
    assert trial.signalled == []


# -- A touch, and two venues -----------------------------------------------------------------


def touch(bid: float, ask: float, number: int, source: str = "binance-websocket") -> bytes:
    data = {"u": number, "s": "BTCUSDT", "b": f"{bid:.2f}", "B": "1.0", "a": f"{ask:.2f}", "A": "1.0"}
    return frame("btcusdt@bookTicker", data, source=source)


def book(mid: float, number: int, source: str) -> bytes:
    return spot_book(bids=[(mid - 0.5, 1.0)], asks=[(mid + 0.5, 1.0)], update_id=number, source=source)


def quote(kind: str, mid: float, number: int, venue: str) -> bytes:
    source = f"{venue}-websocket"
    return book(mid, number, source) if kind == "book" else touch(mid - 0.5, mid + 0.5, number, source)


def risen(now: float, begin: float, seconds: float) -> float:
    """A price that rises by 3 % from then on, evenly over so many seconds."""
    share = min(1.0, max(0.0, (now - begin) / seconds)) if seconds else float(now >= begin)
    return 60_000.0 * (1 + 0.03 * share)


FROZEN_AT, ENDS = 5.0, 50.0


@pytest.mark.parametrize(
    ("begin", "seconds"), [(FROZEN_AT, 40.0), (FROZEN_AT + 5, 0.0), (FROZEN_AT + 30, 1.0), (FROZEN_AT, 0.0)]
)
@pytest.mark.parametrize("kind", ["book", "touch"])
def test_a_frozen_leg_beside_one_that_moves__no_gap(trial: Trial, kind: str, begin: float, seconds: float):
    def binance(now: float) -> bytes:
        return quote(kind, 60_000.0, round(10 * min(now, FROZEN_AT)), "binance")

    def coinbase(now: float) -> bytes:
        return quote(kind, risen(now, begin, seconds), round(10 * now), "coinbase")

    trial.play(sorted([*every(0.1, ENDS, binance), *every(0.1, ENDS, coinbase)]))
    assert trial.signals("cross_exchange_spread") == []
    assert trial.engine.refused["repeated"] == 10 * (ENDS - FROZEN_AT)


def test_a_frozen_leg__the_healthy_venue_is_shown_within_six_seconds(trial: Trial):
    def binance(now: float) -> bytes:
        return quote("book", 60_000.0, round(10 * min(now, FROZEN_AT)), "binance")

    def coinbase(now: float) -> bytes:
        return quote("book", risen(now, FROZEN_AT, 40.0), round(10 * now), "coinbase")

    trial.play(sorted([*every(0.1, 20.0, binance), *every(0.1, 20.0, coinbase)]))
    healthy = [at for at, row in trial.live("BTCUSDT") if row["mid_price"] > 60_000.0]
    assert healthy[0] - START - FROZEN_AT <= 6
    assert healthy[-1] == trial.shown[-1].at
    away = [at for at, rows in trial.shown if rows["BTCUSDT"]["state"] != "live"]
    assert len(away) <= 4  # a second


def test_a_frozen_touch__is_no_price_to_hold_books_against(trial: Trial):
    """A book that has left it behind is refused while the touch counts, a minute, and shown from then on."""

    def moving(now: float) -> bytes:
        return book(100.0 if now < 1 else 150.0, 1_000 + round(10 * now), "binance-websocket")

    frozen = every(0.2, 75.0, lambda _: touch(99.5, 100.5, 7))
    trial.play(sorted([*frozen, *every(0.1, 75.0, moving)]))
    moved = [at for at, row in trial.live("BTCUSDT") if row["mid_price"] == 150.0]
    assert 60 <= moved[0] - START <= 62
    assert moved[-1] == trial.shown[-1].at
    assert "suspect" in {state for _, state in trial.states("BTCUSDT")}


def test_reports_of_dominance_and_chain_may_be_old_and_the_same(trial: Trial):
    """They come once an hour; only what is ahead of time is refused."""
    old = {"E": round(1000 * (START - HOUR)), "btc_dominance": 54.3}
    trial.play(every(1.0, 40.0, lambda _: frame("global@dominance", old)))
    assert trial.engine.refused == {}

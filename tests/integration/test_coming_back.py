"""What stops, restarts or moves comes back by itself, and an honest market is never accused."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import START, frame, spot_book, usdm_book
from tests.integration.pipeline import Arrival
from tests.integration.trial import INTERVAL, Trial
from tests.strategies.test_engine import trade_frame

STALE_AFTER = 5.0
WITHIN = 10.0
DAY = 86_400.0
FAR = 10**9
"""An id high above what any producer begins with."""
OLD_PRICE, NEW_PRICE = 60_000.0, 60_600.0
Make = Callable[..., bytes]


def spot(price: float, number: int, at: float, source: str = "binance-websocket") -> bytes:
    """A book whose bids outweigh the asks, or not, in turn: every other one is worth a signal."""
    return spot_book(**sides(price, number), update_id=number, source=source)


def usdm(price: float, number: int, at: float) -> bytes:
    return usdm_book(**sides(price, number), update_id=number, event_time=at)


def coinbase(price: float, number: int, at: float) -> bytes:
    return spot(price, number, at, "coinbase-websocket")


def sides(price: float, number: int) -> dict[str, Any]:
    return {"bids": [(price - 0.5, 1.0 + number % 2)], "asks": [(price + 0.5, 1.0)]}


def books(
    make: Make, price: float, first_id: int, begin: float, end: float, every: float, step: int = 1
) -> list[Arrival]:
    """Books from `begin` up to `end`, in seconds from the start; ids rise by `step`."""
    count = round((end - begin) / every)
    times = [START + begin + every * place for place in range(count)]
    return [(at, make(price, first_id + step * place, at)) for place, at in enumerate(times)]


def shows(trial: Trial, price: float) -> list[float]:
    """When the book of this price was listed as live."""
    return [at for at, row in trial.live("BTCUSDT") if row["mid_price"] == price]


def assert_back(trial: Trial, after: list[Arrival], every: float) -> None:
    """Shown and decided on within ten seconds, or with the second message after it was stale; and from then on."""
    begin = after[0][0]
    second = [at for at, _ in after if at - (begin - every) > STALE_AFTER][1]
    due = begin + WITHIN if every <= 1 else second
    back = shows(trial, NEW_PRICE)
    assert back, trial.states("BTCUSDT")
    assert back[0] <= due + INTERVAL
    if every < STALE_AFTER:
        assert back == [at for at, _ in trial.shown if at >= back[0]]
    assert "suspect" not in {state for _, state in trial.states("BTCUSDT")}
    decided = [signalled.at for signalled in trial.signalled if signalled.signal.price > OLD_PRICE + 1]
    assert decided
    assert decided[0] <= due + 2 * every
    assert after[-1][0] - decided[-1] <= 2 * every


def length(every: float) -> float:
    """Seconds that each of two producers is there."""
    return max(15.0, 6 * every)


@pytest.mark.parametrize("every", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("make", [spot, usdm])
@pytest.mark.parametrize("pause", [0.0, 30.0])
def test_a_producer_that_starts_over(trial: Trial, make: Make, every: float, pause: float):
    """Its ids begin with 1 again."""
    end = length(every)
    before = books(make, OLD_PRICE, FAR, 0.0, end, every)
    after = books(make, NEW_PRICE, 1, end + pause, 2 * end + pause, every)
    trial.play(before + after)
    assert_back(trial, after, every)
    assert trial.feed.analyzer.new_runs == trial.engine.admission.new_runs == 1


@pytest.mark.parametrize("every", [0.1, 2.0])
@pytest.mark.parametrize("make", [spot, usdm])
def test_a_replay_of_yesterday(trial: Trial, make: Make, every: float):
    """Ids of a day before, which were not heard here."""
    end = length(every)
    before = books(make, OLD_PRICE, FAR, 0.0, end, every, step=101)
    after = books(make, NEW_PRICE, FAR - 10**7, end, 2 * end, every, step=101)
    trial.play(before + after)
    assert_back(trial, after, every)


@pytest.mark.parametrize(("make", "every"), [(spot, 1.0), (spot, 7.0), (usdm, 1.0)])
@pytest.mark.parametrize("first_id", [1, FAR - 5, FAR + 10**7])
def test_a_day_without_a_connection(trial: Trial, make: Make, every: float, first_id: int):
    end = length(every)
    before = books(make, OLD_PRICE, FAR, 0.0, end, every)
    after = books(make, NEW_PRICE, first_id, end + DAY, 2 * end + DAY, every)
    trial.play(before)
    trial.clock.now = after[0][0]
    trial.play(after)
    assert_back(trial, after, every)


@pytest.mark.parametrize("every", [1.0, 7.0])
@pytest.mark.parametrize("others", [(spot, coinbase), (coinbase, spot), (spot, usdm), (usdm, spot)])
def test_another_market_takes_the_place_of_one_that_ends(
    trial: Trial, others: tuple[Make, Make], every: float
):
    one, other = others
    end = length(every)
    before = books(one, OLD_PRICE, FAR, 0.0, end, every)
    after = books(other, NEW_PRICE, 1, end, 2 * end, every)
    trial.play(before + after)
    assert_back(trial, after, every)


def test_a_replay_of_the_last_minutes_goes_on_where_it_left_off(trial: Trial):
    """What was heard before is no news; what comes after it is."""
    before = books(spot, OLD_PRICE, FAR, 0.0, 30.0, 0.1)
    again = books(spot, OLD_PRICE, FAR + 200, 30.0, 40.0, 0.1)
    after = books(spot, NEW_PRICE, FAR + 300, 40.0, 60.0, 0.1)
    trial.play(before + again + after)
    assert trial.feed.refused == trial.engine.refused == {"repeated": 100}
    assert shows(trial, NEW_PRICE)[0] <= after[0][0] + INTERVAL


# -- Honest markets --------------------------------------------------------------------------


def assert_never_accused(trial: Trial) -> None:
    assert "suspect" not in {state for _, state in trial.states("BTCUSDT")}
    for refused in (trial.feed.refused, trial.engine.refused):
        assert refused["price_mismatch"] == 0
    [report] = trial.get("/feed")["feeds"]
    assert "price_mismatch" not in report["refused"]


def moving(now: float, share: float, seconds: float) -> float:
    """A price that moves by a share of itself within so many seconds, ten seconds from the start."""
    part = min(1.0, max(0.0, (now - 10) / seconds)) if seconds else float(now >= 10)
    return round(OLD_PRICE * (1 + share * part), 1)


def moving_books(share: float, seconds: float) -> list[Arrival]:
    """Half a minute, ten a second."""
    times = [START + step / 10 for step in range(300)]
    return [(at, spot(moving(at - START, share, seconds), FAR + place, at)) for place, at in enumerate(times)]


@pytest.mark.parametrize("share", [0.15, -0.15])
@pytest.mark.parametrize(
    ("seconds", "lag", "pace"),
    [
        (1.0, 0.0, 0.1),
        (1.0, 0.4, 0.1),
        (1.0, -0.4, 0.1),
        (1.0, 0.0, 0.9),
        (0.3, 0.05, 0.1),
        (0.0, 0.0, 0.1),
        (0.0, 0.0, 0.9),
    ],
)
def test_a_market_that_really_moves(trial: Trial, share: float, seconds: float, lag: float, pace: float):
    """Trades may arrive a little before or after the books that show the same."""
    times = [START + pace * step for step in range(round(30 / pace))]
    trades = [
        (at, trade_frame(place, moving(at - START - lag, share, seconds), at))
        for place, at in enumerate(times)
    ]
    trial.play(sorted(moving_books(share, seconds) + trades))
    assert_never_accused(trial)
    final = moving(30, share, seconds)
    assert shows(trial, final)[-1] == trial.shown[-1].at
    not_live = [at for at, rows in trial.shown if rows.get("BTCUSDT", {}).get("state") != "live"]
    assert len(not_live) <= 4  # a second
    skew = trial.signals("orderbook_skew")
    assert abs(skew[-1].price / final - 1) < 0.001


@pytest.mark.parametrize("share", [0.15, -0.15, 0.5])
@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_a_market_that_really_moves__without_any_price(trial: Trial, share: float, seconds: float):
    trial.play(moving_books(share, seconds))
    assert_never_accused(trial)
    assert len(trial.live("BTCUSDT")) == len(trial.shown)
    assert trial.engine.refused == {}


def thin(number: int, bid: float = 1.0, ask: float = 1.25) -> bytes:
    return spot_book(bids=[(bid, 5.0 + number % 3)], asks=[(ask, 2.0)], update_id=number)


@pytest.mark.parametrize("reference", ["trade at the bid", "trade at the ask", "touch", "none"])
def test_a_thin_coin(trial: Trial, reference: str):
    """Bid 1.00, ask 1.25."""
    touch = {"s": "BTCUSDT", "b": "1.0", "B": "1.0", "a": "1.25", "A": "1.0"}
    prices = {
        "trade at the bid": lambda place, at: trade_frame(place, 1.0, at),
        "trade at the ask": lambda place, at: trade_frame(place, 1.25, at),
        "touch": lambda place, at: frame("btcusdt@bookTicker", touch | {"u": place + 1}),
    }
    message = prices.get(reference)
    sent = [(START + place / 2, thin(place + 1)) for place in range(150)]
    if message:
        sent += [
            (START + 5.0 * place + 0.25, message(place, START + 5.0 * place + 0.25)) for place in range(15)
        ]
    trial.play(sorted(sent))
    assert_never_accused(trial)
    assert len(trial.live("BTCUSDT")) == len(trial.shown)
    assert trial.engine.refused == {}


def test_an_order_that_comes_and_goes_in_a_thin_book(trial: Trial):
    """The mid moves by more than 10 % back and forth; what was offered is still among what is."""
    sent = [
        (START + place / 2, thin(place + 1, bid=1.0, ask=1.25 if place % 2 else 1.6)) for place in range(60)
    ]
    trial.play(sent)
    assert_never_accused(trial)
    assert len(trial.live("BTCUSDT")) == len(trial.shown)

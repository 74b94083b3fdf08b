"""What became of prices, read from the histories that a real feed left in a real store."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from metrics.domain.market import Expiry
from metrics.domain.window import TIMEFRAMES
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from strategies.domain.outcomes import SPANS, Touch
from strategies.domain.signal import Signal
from strategies.ledger.looking_back import SETTLED_SECONDS, found, look_back
from strategies.ledger.records import Noted, due, give_outcomes, write
from strategies.ledger.turns import Turns
from strategies.ledger.writer import SENT
from strategies.models import SignalRecord
from tests.factories import START, Clock, spot_book
from tests.strategies.exact import exact
from tests.strategies.ledger.signals import at, row, signal, written
from tests.strategies.runners import KEYS

pytestmark = [pytest.mark.database, pytest.mark.django_db]
Publish = Callable[..., None]


@pytest.fixture
def show(publish: Publish, clock: Clock) -> Callable[..., None]:
    """A book of so much around its mid, at a second after START."""
    shown = [0]

    def show(second: float, mid: float, half: float = 0.5, **changed: Any) -> None:
        clock.now = START + second
        shown[0] += 1
        sides = {"bids": [(mid - half, 1.0)], "asks": [(mid + half, 1.0)]}
        publish(spot_book(**sides | {"update_id": shown[0]} | changed))

    return show


def look(reader: StoreReader, clock: Clock, second: float) -> None:
    """At a second after START, until nothing is due."""
    clock.now = START + second
    while look_back(reader):
        pass


def outcomes(of: Signal) -> dict[str, tuple[float | None, float | None, str]]:
    kept = row(of)
    return {
        span: tuple(getattr(kept, f"{name}_{span}") for name in ("mid", "bps", "unknown")) for span in SPANS
    }


NOT_YET = (None, None, "not_yet")


def test_a_signal_is_followed_from_its_decision_over_every_span(reader, clock, show):
    bought, sold = signal(1), signal(1, action="sell")
    show(0.5, 100.25, 0.25)
    written(bought, sold)
    look(reader, clock, 1 + SETTLED_SECONDS - 0.001)
    assert row(bought).mid is None
    look(reader, clock, 1 + SETTLED_SECONDS)
    assert (row(bought).mid, row(bought).spread_bps) == (100.25, 49.8753)
    assert outcomes(bought) == dict.fromkeys(SPANS, NOT_YET)
    for second, mid in ((60.5, 101.2525), (300.9, 100.25), (901, 99.24750)):
        show(second, mid)
        show(second + 0.6, 102.0)  # what comes later does not count
        look(reader, clock, second + 5)
    assert outcomes(bought) == {
        "1m": (101.2525, 100.0, ""),
        "5m": (100.25, 0.0, ""),
        "15m": (99.2475, -100.0, ""),
    }
    assert outcomes(sold) == {
        "1m": (101.2525, -100.0, ""),
        "5m": (100.25, 0.0, ""),
        "15m": (99.2475, 100.0, ""),
    }
    assert row(sold).due_at is None


def test_outcomes_are_those_of_exact_arithmetic_over_a_random_walk(reader, clock, show):
    chance, mid, second = Random(16), 61_000.0, 0.0
    books: list[tuple[float, float]] = []
    signals: list[Signal] = []
    while second < 1_000:
        mid = round(mid + chance.uniform(-9, 9), 2)
        show(second, mid, round(chance.uniform(0.01, 2), 2))
        books.append((second, mid))
        if second < 80 and chance.random() < 0.7:
            signals.append(
                signal(round(second + chance.uniform(0, 2), 3), action=chance.choice(["buy", "sell"]))
            )
            written(signals[-1])
        if chance.random() < 0.2:
            look(reader, clock, second)
        second = round(second + chance.uniform(0.2, 8.5), 3)  # now and then for longer than a book is fresh
    look(reader, clock, second + SETTLED_SECONDS)
    known = 0
    for each in signals:
        decided = (row(each).decided_at - at(0)).total_seconds()
        entry = newest(books, decided)
        for span in SPANS:
            then = newest(books, decided + TIMEFRAMES[span])
            _, bps, unknown = outcomes(each)[span]
            if entry is None or then is None:
                assert (bps, unknown) == (None, "no_entry" if entry is None else "not_live")
                continue
            move = (exact(then) - exact(entry)) / exact(entry) * 10_000
            assert bps == pytest.approx(float(move if each.action == "buy" else -move), rel=5e-6)
            known += 1
    assert known > len(signals)


def newest(books: list[tuple[float, float]], second: float) -> float | None:
    """The mid price at a second after the start; None where the newest is stale."""
    return next((mid for at, mid in reversed(books) if at <= second < at + 5), None)


def test_what_nobody_knows_says_why(reader, clock, show):
    gone, changed = signal(0), signal(0, symbol="ETHUSDT")
    other_market = {"symbol": "ETHUSDT", "source": "okx"}
    show(0, 100.0)
    show(0, 100.0, symbol="ETHUSDT")
    unseen = signal(0, symbol="SOLUSDT")
    nowhere = signal(0.001, book=None)
    neither = signal(0, action="hold")
    written(gone, changed, unseen, nowhere, neither)
    look(reader, clock, 1 + SETTLED_SECONDS)
    assert outcomes(unseen) == outcomes(nowhere) == dict.fromkeys(SPANS, (None, None, "no_entry"))
    assert outcomes(neither) == dict.fromkeys(SPANS, (None, None, "no_side"))
    assert row(neither).mid == 100.0
    show(59, 90.0, **other_market)
    show(63, 90.0, **other_market)
    look(reader, clock, 64)
    assert outcomes(gone)["1m"] == (None, None, "not_live")
    assert outcomes(changed)["1m"] == (None, None, "market_changed")
    look(reader, clock, 301 + 900)
    assert outcomes(gone)["5m"] == (None, None, "away")
    assert outcomes(gone)["15m"] == (None, None, "not_live")
    assert SignalRecord.objects.exclude(due_at=None).count() == 0


def test_a_book_with_one_side_has_no_mid_and_the_one_before_holds_until_it_is_stale(reader, clock, show):
    soon, late = signal(2), signal(6)
    show(0, 100.0)
    for second in range(1, 7):
        show(second, 100.0, asks=[])
    written(soon, late)
    look(reader, clock, 10)
    assert (row(soon).mid, row(late).mid) == (100.0, None)
    assert outcomes(late)["1m"][2] == "no_entry"


def test_what_the_process_saw_itself_when_it_was_decided_stays(reader, clock, show):
    here = signal(0)
    show(0, 100.0)
    write([Noted(here, SENT, Touch(100.5, 101.5))], {})
    assert (row(here).mid, row(here).spread_bps) == (101.0, 99.0099)
    show(60, 102.01)
    look(reader, clock, 65)
    assert (row(here).mid, row(here).spread_bps) == (101.0, 99.0099)
    assert outcomes(here)["1m"] == (102.01, 100.0, "")


def test_who_comes_back_within_a_quarter_of_an_hour_has_missed_nothing(reader, clock, show):
    here, too_late = signal(0), signal(1, symbol="ETHUSDT")
    show(0, 100.0)
    show(60, 101.0)
    show(300, 102.0)
    written(here)
    look(reader, clock, 899)
    assert [bps for _, bps, _ in outcomes(here).values()] == [100.0, 200.0, None]
    written(too_late)
    look(reader, clock, 2_000)
    assert {unknown for *_, unknown in outcomes(too_late).values()} == {"away"}


def test_what_a_trade_cost_then_is_that_of_the_row(reader, clock, show):
    here, late = signal(0), signal(0.5)
    show(0, 100.0, bids=[(99.5, 5_000.0)], asks=[(100.5, 5_000.0)])
    written(here)
    look(reader, clock, SETTLED_SECONDS)
    assert row(here).cost_at_least_bps == 50.0
    written(late)
    show(15, 100.0)
    look(reader, clock, 20)
    assert row(late).cost_at_least_bps is None
    assert row(late).mid == 100.0


def test_another_process_that_has_looked_meanwhile_is_not_overruled(reader, clock, show):
    here = signal(0)
    show(0, 100.0)
    written(here)
    clock.now = START + SETTLED_SECONDS
    ours = found(reader, due(at(0), 10, at(1) - at(0)), clock.now)
    look(reader, clock, SETTLED_SECONDS)
    SignalRecord.objects.update(mid=99.0)
    give_outcomes(ours)
    assert row(here).mid == 99.0


@pytest.fixture
def turns(store: Redis) -> Callable[[], Turns]:
    """Of one more process."""
    return lambda: Turns(store, KEYS.looking_back)


def test_of_two_processes_one_looks_at_a_time(turns):
    ours, theirs = turns(), turns()
    looked: list[int] = []

    def look_while_they_would() -> int:
        looked.append(theirs.take(lambda: 2))
        return 1

    def mistaken() -> int:
        raise KeyError("no such span")

    assert ours.take(look_while_they_would) == 1
    assert looked == [0]
    assert theirs.take(lambda: 2) == 2
    with pytest.raises(KeyError):
        ours.take(mistaken)
    assert theirs.take(lambda: 3) == 3


def test_who_was_frozen_in_a_turn_overrules_nobody_who_had_the_next(reader, clock, show, turns, store):
    here = signal(0)
    show(0, 100.0)
    written(here)
    clock.now = START + SETTLED_SECONDS
    ours, theirs = turns(), turns()

    def frozen_until_all_is_done() -> int:
        waiting = due(at(0), 10, at(1) - at(0))
        store.pexpire(KEYS.looking_back, 0)  # as long as that took
        assert theirs.take(lambda: look_back(reader)) == 1
        SignalRecord.objects.update(mid=99.0)
        give_outcomes(found(reader, waiting, clock.now))
        return len(waiting)

    assert ours.take(frozen_until_all_is_done) == 1
    assert (row(here).mid, row(here).due_at) == (99.0, at(60))


def test_what_somebody_puts_in_the_place_of_a_turn_holds_up_no_outcome(turns, store):
    store.rpush(KEYS.looking_back, "nobody's")
    assert [turns().take(lambda: 1) for _ in range(2)] == [0, 1]


def test_while_the_store_is_away_what_is_due_waits(clock):
    away = StoreReader(Redis(port=1), Keys("nowhere"), Expiry(), clock)
    here = signal(0)
    written(here)
    clock.now = START + 10
    with pytest.raises(RedisError):
        look_back(away)
    assert row(here).due_at == at(0)

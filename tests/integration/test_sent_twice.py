"""Trades and books that come more than once: over two connections, after a reconnection, from an hour ago."""

import json
from collections.abc import Callable, Iterator
from random import Random

import pytest

from markets.simulation.moving import moved
from strategies.domain.signal import Signal
from strategies.engine import Engine
from tests import oracle
from tests.factories import Clock
from tests.integration.markets import arrivals, needs_recordings, of_kinds, read_book
from tests.integration.pipeline import Arrival
from tests.integration.trial import Trial

pytestmark = needs_recordings
SPOT, USDM, TEN = "spot_btc_eth_20240808", "usdm_btc_eth_20240808", "spot_10sym_20210405"
MOMENTUM = "trade_momentum"


@pytest.fixture(scope="module", params=[SPOT, USDM, TEN])
def trades(request: pytest.FixtureRequest) -> list[Arrival]:
    """Half a minute of two busy coins, or two minutes of ten quiet ones."""
    seconds = 120 if request.param == TEN else 30
    return of_kinds(arrivals(f"{request.param}.raw", seconds=seconds), "trade", "aggTrade")


@pytest.fixture(scope="module")
def clean(trades: list[Arrival]) -> list[Signal]:
    """What is decided on the clean stream."""
    signals, _ = decided(trades)
    assert len(signals) > 5
    return signals


def decided(trades: list[Arrival]) -> tuple[list[Signal], Engine]:
    """What the strategy decides on trades, each at its time."""
    signals: list[Signal] = []
    clock = Clock()
    engine = Engine([MOMENTUM], signals.append, clock=clock)
    for at, frame in trades:
        clock.now = at
        engine.process(frame)
    return signals, engine


# -- Ways to send trades more than once ------------------------------------------------------


def twice(trades: list[Arrival]) -> Iterator[Arrival]:
    for trade in trades:
        yield from (trade, trade)


def fifty_again(trades: list[Arrival]) -> Iterator[Arrival]:
    """After every fifty the same fifty, as after a reconnection."""
    for begin in range(0, len(trades), 50):
        part = trades[begin : begin + 50]
        yield from part
        yield from ((part[-1][0], frame) for _, frame in part)


def over_connections(*delays: float) -> Callable[[list[Arrival]], Iterator[Arrival]]:
    """The same over more connections, each so many seconds behind."""

    def delayed(trades: list[Arrival]) -> Iterator[Arrival]:
        copies = [(at + delay, frame) for delay in delays for at, frame in trades]
        yield from sorted(trades + copies, key=lambda arrival: arrival[0])

    return delayed


def with_an_hour_ago(trades: list[Arrival]) -> Iterator[Arrival]:
    """After each trade another one, which was traded an hour before it, and goes by a higher number."""
    for at, frame in trades:
        yield at, frame
        yield at, renumbered(moved(frame, -3_600_000_000), by=1_000)


def renumbered(frame: bytes, by: int) -> bytes:
    message = json.loads(frame)
    for name in ("t", "a"):
        if name in message["data"]:
            message["data"][name] += by
    return json.dumps(message).encode()


WAYS: dict[str, tuple[Callable[[list[Arrival]], Iterator[Arrival]], str]] = {
    "every trade twice": (twice, "repeated"),
    "fifty again": (fifty_again, "repeated"),
    "a connection 5 ms behind": (over_connections(0.005), "repeated"),
    "a connection 150 ms behind": (over_connections(0.15), "repeated"),
    "three connections": (over_connections(0.005, 0.15), "repeated"),
    "trades an hour old": (with_an_hour_ago, "late"),
}


@pytest.mark.parametrize("way", WAYS)
def test_trades__decided_as_on_the_clean_stream(
    trial: Trial, trades: list[Arrival], clean: list[Signal], way: str
):
    repeat, reason = WAYS[way]
    sent = list(repeat(trades))
    trial.play(sent)
    assert trial.signals(MOMENTUM) == clean
    assert trial.engine.refused == {reason: len(sent) - len(trades)}
    assert trial.engine.ignored == {}
    assert trial.engine.messages - trial.engine.refused.total() == len(trades)


@pytest.mark.parametrize("name", [SPOT, USDM])
def test_whole_recordings__none_doubled_and_none_lost(name: str):
    trades = of_kinds(arrivals(f"{name}.raw"), "trade")
    clean, _ = decided(trades)
    doubled, engine = decided(list(over_connections(0.15)(trades)))
    assert engine.refused == {"repeated": len(trades)}
    assert engine.messages == 2 * len(trades)
    assert doubled == clean


# -- Books over two connections --------------------------------------------------------------


@pytest.mark.parametrize("delay", [0.0, 0.005, 0.15, 2.5])
@pytest.mark.parametrize("name", [SPOT, USDM])
def test_books_over_two_connections__the_numbers_of_one(trial: Trial, name: str, delay: float):
    books = arrivals(f"{name}.depth20", seconds=20)
    trial.play(over_connections(delay)(books), until=books[-1][0] + 3)
    assert {state for symbol in ("BTCUSDT", "ETHUSDT") for _, state in trial.states(symbol)} == {"live"}
    last = {book.symbol: book for book in (read_book(*arrival) for arrival in books)}
    for symbol, book in last.items():
        assert oracle.differences(trial.get(f"/metrics/depth/{symbol}"), book.bids, book.asks) == []
        points = trial.get(f"/metrics/pressure/{symbol}", timeframe="1m")["data_points"]
        assert points == sum(f"{symbol.lower()}@".encode() in frame for _, frame in books)
    assert trial.feed.refused == trial.engine.refused == {"repeated": len(books)}
    assert trial.feed.analyzer.withdrawals == trial.feed.analyzer.new_runs == 0


def out_of_order(books: list[Arrival], seconds: float) -> list[Arrival]:
    """Each up to so many seconds late, as several workers publish."""
    random = Random(1)
    return sorted((at + seconds * random.random(), frame) for at, frame in books)


def assert_never_suspect(trial: Trial) -> None:
    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert {state for _, state in trial.states(symbol)} <= {"live", None}
        assert trial.get(f"/metrics/depth/{symbol}")["state"] == "live"
    assert trial.engine.withdrawals == trial.feed.analyzer.withdrawals == 0
    assert trial.engine.admission.new_runs == trial.feed.analyzer.new_runs == 0


@pytest.mark.parametrize("name", [SPOT, USDM])
def test_books_that_workers_publish_out_of_order(trial: Trial, name: str):
    trial.play(out_of_order(arrivals(f"{name}.depth20", seconds=20), 0.12))
    assert set(trial.feed.refused) == {"out_of_date"}
    assert_never_suspect(trial)


@pytest.mark.parametrize("way", ["connections with a clock each", "slow workers"])
def test_books_of_one_coin_whose_ids_interleave__are_believed_where_trades_show_the_coin(
    trial: Trial, way: str
):
    """Two connections show the same book at different moments, or workers are slow.

    By ids alone nobody could tell that from two coins of nearly the same price: docs/market-data.md.
    """
    books = arrivals(f"{SPOT}.depth20", seconds=20)
    late = [(at + 0.15 * (place // 2 % 2), frame) for place, (at, frame) in enumerate(books)]
    sent = late if way == "connections with a clock each" else out_of_order(books, 0.4)
    trades = of_kinds(arrivals(f"{SPOT}.raw", seconds=20), "trade")
    trial.play(sorted(sent + trades))
    assert_never_suspect(trial)

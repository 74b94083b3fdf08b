"""Books of several depths of one symbol on one connection: the numbers of the deepest, in whatever order they come."""

import json
from random import Random

import pytest

from metrics.store.reader import StoreReader
from strategies.engine import Engine
from tests import oracle
from tests.factories import Clock, market_id
from tests.integration.markets import arrivals, needs_recordings, read_book
from tests.integration.pipeline import Arrival
from tests.integration.trial import Signalled, Trial

pytestmark = needs_recordings
SPOT, USDM = "spot_btc_eth_20240808", "usdm_btc_eth_20240808"
LATE = 0.15
SKEW = "orderbook_skew"
ORDERS = ("shallow first", "deep first", "shuffled", "shallow late", "deep late")
NAMES = {
    "each its own name": {5: 5},
    "three depths": {5: 5, 10: 10},
    "one name": {5: 20},
    "one name for three": {5: 20, 10: 20},
}
"""Levels of the shallower books, and how many their name says."""


@pytest.fixture(scope="module", params=[SPOT, USDM])
def books(request: pytest.FixtureRequest) -> list[Arrival]:
    return arrivals(f"{request.param}.depth20", seconds=15)


def cut(frame: bytes, levels: int, name: int) -> bytes:
    """The best `levels` of a recorded book, under the name of one with `name` levels."""
    message = json.loads(frame)
    for side in ("bids", "asks", "b", "a"):
        if side in message["data"]:
            message["data"][side] = message["data"][side][:levels]
    message["stream"] = message["stream"].replace("depth20", f"depth{name}")
    return json.dumps(message, separators=(",", ":")).encode()


def interleaved(books: list[Arrival], shallower: dict[int, int], order: str) -> list[Arrival]:
    """Each book beside shallower ones of the same moment."""
    random, sent = Random(order), []
    for at, frame in books:
        deep = [(at + LATE * (order == "deep late"), frame)]
        cuts = [cut(frame, levels, name) for levels, name in shallower.items()]
        shallow = [(at + LATE * (order == "shallow late"), each) for each in cuts]
        both = deep + shallow if order == "deep first" else shallow + deep
        if order == "shuffled":
            random.shuffle(both)
        sent += both
    return sorted(sent, key=lambda arrival: arrival[0])


def decided(books: list[Arrival]) -> list[Signalled]:
    """What the skew decides on the deep books alone."""
    signalled: list[Signalled] = []
    clock = Clock()
    engine = Engine([SKEW], lambda signal: signalled.append(Signalled(clock(), signal)), clock=clock)
    for at, frame in books:
        clock.now = at
        engine.process(frame)
    return signalled


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("names", NAMES)
def test_the_numbers_of_the_deepest_alone(
    trial: Trial,
    reader: StoreReader,
    books: list[Arrival],
    names: str,
    order: str,
):
    sent = interleaved(books, NAMES[names], order)
    trial.play(sent, until=sent[-1][0] + 1.25)
    deep = [(at + LATE * (order == "deep late"), frame) for at, frame in books]
    read = [read_book(*arrival) for arrival in deep]
    for symbol in ("BTCUSDT", "ETHUSDT"):
        own = [book for book in read if book.symbol == symbol]
        assert oracle.differences(trial.get(f"/metrics/depth/{symbol}"), own[-1].bids, own[-1].asks) == []
        exact = [float(oracle.depth(book.bids, book.asks)["imbalance.ratio"]) for book in own]
        times, ratios = reader.history(
            market_id(symbol, f"binance/{own[-1].form}"), sent[0][0] - 1, sent[-1][0]
        )
        assert ratios[-len(exact) :].tolist() == pytest.approx(exact)
        assert all(at <= own[0].at for at in times[: -len(exact)].tolist())  # before the first deep one came
        assert trial.states(symbol)[-1][1] == "live"
    since = deep[0][0] + 1
    skew = [
        signalled
        for signalled in trial.signalled
        if signalled.at >= since and signalled.signal.strategy_id == SKEW
    ]
    assert skew == [signalled for signalled in decided(deep) if signalled.at >= since] != []
    assert trial.feed.refused == trial.engine.refused
    assert trial.feed.analyzer.withdrawals == trial.feed.analyzer.new_runs == 0

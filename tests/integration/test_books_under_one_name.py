"""Spot books of several coins that come under the name of one: no number is ever another coin's.

A spot book names no symbol, and the producer in use upstream names all of them after the first stream it was given.
"""

from collections.abc import Iterable
from itertools import islice

import pytest

from tests import oracle
from tests.integration.markets import Book, arrivals, case, needs_recordings, of_kinds, read_book
from tests.integration.pipeline import Arrival
from tests.integration.trial import Signalled, Trial
from tests.integration.upstream import REFERENCES, Sent, Truth, sent_upstream

pytestmark = needs_recordings
BTC_ETH, TEN = "spot_btc_eth_20240808", "spot_10sym_20210405"
REMEMBERED_SECONDS = 60
"""How long a price that was heard of a coin counts."""


@pytest.fixture(scope="module")
def two() -> list[Arrival]:
    """Books, trades and touches of Bitcoin and Ether."""
    return arrivals(f"{BTC_ETH}.depth20", f"{BTC_ETH}.raw", seconds=25)


@pytest.fixture(scope="module")
def ten() -> list[Arrival]:
    """The same of ten smaller coins."""
    return arrivals(f"{TEN}.depth20", f"{TEN}.raw")


def books_of(frames: list[Arrival]) -> list[Arrival]:
    return of_kinds(frames, "depth20@100ms")


def truth_of(frames: list[Arrival]) -> Truth:
    return Truth(books_of(frames))


# -- What has been seen ----------------------------------------------------------------------


def first_heard(sent: Iterable[Sent]) -> dict[str, list[float]]:
    """When a price of each coin was heard under its own name."""
    heard: dict[str, list[float]] = {}
    for at, _, coin, kind in sent:
        if kind in REFERENCES:
            heard.setdefault(coin, []).append(at)
    return heard


def false_rows(trial: Trial, truth: Truth) -> list[tuple[float, str, float]]:
    """Rows that called themselves live at a price that was not their coin's."""
    return [
        (at, symbol, row["mid_price"])
        for at, rows in trial.shown
        for symbol, row in rows.items()
        if row["state"] == "live" and not truth.is_near(symbol, row["mid_price"], at)
    ]


def false_signals(trial: Trial, truth: Truth) -> list[Signalled]:
    return [
        signalled
        for signalled in trial.signalled
        if not truth.is_near(signalled.signal.symbol, signalled.signal.price, signalled.at)
    ]


def assert_never_false_where_prices_are_known(trial: Trial, truth: Truth, sent: list[Sent]) -> None:
    heard = first_heard(sent)

    def is_known(symbol: str, at: float) -> bool:
        return any(0 <= at - then <= REMEMBERED_SECONDS for then in heard.get(symbol, ()))

    assert [row for row in false_rows(trial, truth) if is_known(row[1], row[0])] == []
    assert [
        signalled
        for signalled in false_signals(trial, truth)
        if is_known(signalled.signal.symbol, signalled.at)
    ] == []


def assert_nothing_once_it_is_known(trial: Trial, symbol: str, within: float) -> None:
    """It is known by the first state that shows it; from then on it stays so, and nobody decides anything on it."""
    begin = trial.shown[0].at
    known_at = next(at for at, state in trial.states(symbol) if state == "suspect")
    assert known_at - begin <= within
    assert [at for at, _ in trial.live(symbol) if at >= known_at] == []
    assert [
        signalled
        for signalled in trial.signalled
        if signalled.at >= known_at and signalled.signal.symbol == symbol
    ] == []
    row = trial.shown[-1].rows[symbol]
    assert (row["state"], row["mid_price"]) == ("suspect", None)
    assert row["reason"] in ("mixed_prices", "mixed_ids")


# -- The cases -------------------------------------------------------------------------------


def test_with_trades__only_the_books_of_the_coin_itself(trial: Trial, two: list[Arrival]):
    sent, truth = case("all_books_under_one_name"), truth_of(two)
    trial.play(sent, until=sent[-1][0] + 1)  # until then the last of them wait for the next trade
    books = [read_book(*arrival) for arrival in books_of(sent)]
    own: list[Book] = [book for book in books if truth.whose(book) == "BTCUSDT"]
    others = len(books) - len(own)
    assert (len(own), others) == (199, 198)  # all of them after the first trade of Bitcoin

    answer = trial.get("/metrics/depth/BTCUSDT")
    assert (answer["state"], oracle.differences(answer, own[-1].bids, own[-1].asks)) == ("live", [])
    assert trial.get("/metrics/pressure/BTCUSDT", timeframe="1m")["data_points"] == len(own)
    trial.get("/metrics/depth/ETHUSDT", status=404)
    [report] = trial.get("/feed")["feeds"]
    assert report["refused"] == trial.engine.refused == {"price_mismatch": others}
    assert (report["accepted"], trial.engine.withdrawals) == (len(own), 0)

    assert false_rows(trial, truth) == []
    assert {state for _, state in trial.states("BTCUSDT")} == {"live"}
    assert false_signals(trial, truth) == []
    assert len(trial.signals("orderbook_skew")) > 5
    assert len(trial.signals("trade_momentum")) > 5


def test_without_trades__suspect_within_two_seconds_and_silent(trial: Trial):
    trial.play(case("all_books_under_one_name_without_trades"))
    assert_nothing_once_it_is_known(trial, "BTCUSDT", within=2)
    answer = trial.get("/metrics/depth/BTCUSDT")
    assert (answer["state"], answer["spread"]["mid_price"]) == ("suspect", None)


def test_without_trades__nothing_of_it_stays_in_the_history(trial: Trial):
    """The first book that was shown as Bitcoin's was Ether's, and nobody can know which are true."""
    trial.play(case("all_books_under_one_name_without_trades"))
    assert trial.get("/metrics/pressure/BTCUSDT", timeframe="1m")["data_points"] == 0


# -- More of the kind ------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["ethusdt@trade", "ethusdt@depth20@100ms", "btcusdt@bookTicker"])
@pytest.mark.parametrize("reference", ["trade", "bookTicker"])
def test_whichever_stream_was_the_first(trial: Trial, two: list[Arrival], first: str, reference: str):
    sent = sent_upstream(of_kinds(two, "depth20@100ms", reference), first)
    truth, symbol = truth_of(two), first.partition("@")[0].upper()
    trial.play(sent)
    assert_never_false_where_prices_are_known(trial, truth, sent)
    assert {symbol for symbol, row in trial.shown[-1].rows.items() if row["state"] == "live"} == {symbol}
    assert trial.feed.refused["price_mismatch"] > 150
    assert trial.get(f"/metrics/depth/{symbol}")["state"] == "live"


@pytest.mark.parametrize("first", ["ethusdt@depth20@100ms", "btcusdt@trade", "ethusdt@aggTrade"])
def test_whichever_stream_was_the_first__without_any_price(trial: Trial, two: list[Arrival], first: str):
    trial.play(sent_upstream(books_of(two), first))
    assert_nothing_once_it_is_known(trial, first.partition("@")[0].upper(), within=2)


@pytest.mark.parametrize("coin", ["dentusdt", "axsbnb", "btcaud", "neousdc", "renbtceth"])
def test_ten_coins_with_trades_and_touches(trial: Trial, ten: list[Arrival], coin: str):
    """Some trade once a second, some twice a minute."""
    sent = sent_upstream(of_kinds(ten, "depth20@100ms", *REFERENCES), f"{coin}@aggTrade")
    trial.play(sent)
    assert_never_false_where_prices_are_known(trial, truth_of(ten), sent)
    assert set(trial.shown[-1].rows) == {coin.upper()}


@pytest.mark.parametrize("coin", ["zilusdt", "qtumeth"])
def test_ten_coins_without_any_price(trial: Trial, ten: list[Arrival], coin: str):
    trial.play(sent_upstream(books_of(ten), f"{coin}@depth20@100ms"))
    assert_nothing_once_it_is_known(trial, coin.upper(), within=2)


def in_bursts(frames: list[Arrival], size: int, every: float) -> list[Arrival]:
    """The books of two coins, so many of one after so many of the other, evenly in time."""
    coins: dict[bytes, list[bytes]] = {}
    for _, frame in books_of(frames):
        coins.setdefault(frame[:20], []).append(frame)
    queues = [iter(queue) for queue in coins.values()]
    turns = min(map(len, coins.values())) // size
    burst = [frame for _ in range(turns) for queue in queues for frame in islice(queue, size)]
    return [(frames[0][0] + every * place, frame) for place, frame in enumerate(burst)]


@pytest.mark.parametrize("first", ["btcusdt@trade", "ethusdt@trade"])
def test_a_hundred_of_one_and_then_a_hundred_of_the_other(trial: Trial, two: list[Arrival], first: str):
    """Without a price nobody knows at the first jump; a jump back is the proof."""
    trial.play(sent_upstream(in_bursts(two, 100, every=0.02), first))
    assert_nothing_once_it_is_known(trial, first.partition("@")[0].upper(), within=4.25)


@pytest.mark.parametrize("first", ["btcusdt@trade", "ethusdt@trade"])
def test_a_hundred_of_one_and_then_a_hundred_of_the_other__with_trades(
    trial: Trial, two: list[Arrival], first: str
):
    bursts = in_bursts(two, 100, every=0.02)
    trades = [arrival for arrival in of_kinds(two, "trade") if arrival[0] <= bursts[-1][0]]
    sent = sent_upstream(sorted(bursts + trades), first)
    trial.play(sent)
    assert_never_false_where_prices_are_known(trial, truth_of(two), sent)


@pytest.mark.parametrize(
    "first",
    [
        "btcusdt@trade",
        "ethusdt@trade",
    ],
)
def test_a_mixture_that_is_known_stays_known_when_trades_end(trial: Trial, first: str):
    """A minute after the last one there is no price any more, but nothing has become any better."""
    long = arrivals(f"{BTC_ETH}.depth20", f"{BTC_ETH}.raw", seconds=75)
    trades = [arrival for arrival in of_kinds(long, "trade") if arrival[0] - long[0][0] < 5]
    sent = sent_upstream(sorted(books_of(long) + trades), first)
    trial.play(sent)
    truth, known_at = truth_of(long), first_heard(sent)[first.partition("@")[0].upper()][0]
    assert [row for row in false_rows(trial, truth) if row[0] >= known_at] == []
    assert [signalled for signalled in false_signals(trial, truth) if signalled.at >= known_at] == []

"""Spot and contracts on one subject, under one name: each number is of one book of one market of that coin."""

import pytest

from tests.integration.markets import arrivals, kind_of, needs_recordings, of_kinds, read_book
from tests.integration.pipeline import Arrival
from tests.integration.trial import Trial
from tests.integration.upstream import BOOK, Sent, sent_upstream

pytestmark = needs_recordings
SPOT, USDM = "spot_btc_eth_20240808", "usdm_btc_eth_20240808"
FIRST = "btcusdt@trade"
SECONDS = 15


@pytest.fixture(scope="module")
def spot() -> list[Arrival]:
    return arrivals(f"{SPOT}.depth20", f"{SPOT}.raw", seconds=SECONDS)


@pytest.fixture(scope="module")
def usdm() -> list[Arrival]:
    return arrivals(f"{USDM}.depth20", f"{USDM}.raw", seconds=SECONDS)


def together(spot: list[Arrival], usdm: list[Arrival], *kinds: str) -> list[Sent]:
    """Books of both, and these kinds of frames of both, by way of the producer."""
    frames = of_kinds(spot, BOOK, *kinds) + of_kinds(usdm, BOOK, *kinds)
    return sent_upstream(sorted(frames), FIRST)


def mids(frames: list[Arrival], symbol: str) -> set[float]:
    """Of all books of a coin."""
    books = [read_book(*arrival) for arrival in frames if kind_of(arrival[1]) == BOOK]
    return {float((book.bids[0][0] + book.asks[0][0]) / 2) for book in books if book.symbol == symbol}


def shown(trial: Trial, symbol: str) -> set[float]:
    """Mid prices that were listed as live."""
    return {row["mid_price"] for _, row in trial.live(symbol)}


def test_with_trades__each_coin_follows_one_market(trial: Trial, spot: list[Arrival], usdm: list[Arrival]):
    """Bitcoin its spot books, which came first under its name, and Ether, whose spot books came under another one,
    its contract."""
    trial.play(together(spot, usdm, "trade"))
    assert shown(trial, "BTCUSDT") <= mids(spot, "BTCUSDT")
    assert shown(trial, "ETHUSDT") <= mids(usdm, "ETHUSDT")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert trial.get(f"/metrics/depth/{symbol}")["state"] == "live"
    for venue, of_form in (("spot", spot), ("usdm", usdm)):
        depth = trial.get("/metrics/depth/BTCUSDT", form=venue)
        assert depth["spread"]["mid_price"] in mids(of_form, "BTCUSDT"), "each keeps its own numbers"
    assert trial.feed.refused["price_mismatch"] > 100
    for _, signal in trial.signalled:
        near = mids(spot + usdm, signal.symbol)
        assert min(near) * 0.99 < signal.price < max(near) * 1.01


def test_without_prices__the_contract_takes_the_place_of_the_mixture(
    trial: Trial, spot: list[Arrival], usdm: list[Arrival]
):
    """A contract's book names its symbol, so that it cannot be another coin's."""
    sent = together(spot, usdm)
    trial.play(sent)
    true = mids(spot + usdm, "BTCUSDT")
    since = sent[0].at + 2
    assert {row["mid_price"] for at, row in trial.live("BTCUSDT") if at > since} <= mids(usdm, "BTCUSDT")
    assert trial.get("/metrics/depth/BTCUSDT")["state"] == "live"
    for at, signal in trial.signalled:
        if at > since and signal.symbol == "BTCUSDT":
            assert min(true) * 0.99 < signal.price < max(true) * 1.01


def test_with_diffs_of_contracts__neither_they_nor_a_mixture_are_shown(
    trial: Trial, spot: list[Arrival], usdm: list[Arrival]
):
    sent = together(spot, usdm, "depth@0ms", "depth@100ms")
    trial.play(sent)
    assert {symbol for _, rows in trial.shown for symbol in rows} == {"BTCUSDT"}
    since = sent[0].at + 2
    assert [at for at, _ in trial.live("BTCUSDT") if at > since] == []
    assert trial.shown[-1].rows["BTCUSDT"]["state"] == "suspect"
    assert [signalled for signalled in trial.signalled if signalled.at > since] == []
    diffs = sum(each.kind != BOOK or b'"pu"' in each.frame for each in sent)
    assert trial.feed.ignored == trial.engine.ignored == {"diff_depth": diffs}


def test_gaps_are_never_seen_between_coins_that_share_a_name(
    trial: Trial, spot: list[Arrival], usdm: list[Arrival]
):
    """Another venue has the true touch of Bitcoin; under its name come Ether's books at Binance, too."""
    touches = [
        (at, frame.replace(b'"data"', b'"source":"coinbase-websocket","data"', 1))
        for at, frame in of_kinds(spot, "bookTicker")
        if b'"BTCUSDT"' in frame
    ]
    trial.play(
        sorted(
            [
                *together(spot, [], "trade"),
                *[Sent(*touch, "BTCUSDT", "bookTicker") for touch in touches[::50]],
            ]
        )
    )
    assert trial.signals("cross_exchange_spread") == []
    assert len(trial.live("BTCUSDT")) == len(trial.shown)

"""Diffs that come under the name of a book: they are no book, whatever they are called."""

import pytest

from metrics.models import MinuteRollup
from metrics.store.reader import StoreReader
from tests import oracle
from tests.factories import market_id
from tests.integration.markets import arrivals, case, needs_recordings, of_kinds, read_book
from tests.integration.pipeline import Arrival
from tests.integration.trial import Trial
from tests.integration.upstream import sent_upstream

pytestmark = [*needs_recordings, pytest.mark.django_db(transaction=True)]
USDM = "usdm_btc_eth_20240808"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
SECONDS = 20


@pytest.fixture(scope="module")
def contracts() -> list[Arrival]:
    return arrivals(f"{USDM}.depth20", f"{USDM}.raw", seconds=SECONDS)


def assert_no_number(trial: Trial) -> None:
    """Nowhere, and not in the minutes either: two have passed."""
    assert {symbol for _, rows in trial.shown for symbol in rows} == set()
    for symbol in SYMBOLS:
        trial.get(f"/metrics/depth/{symbol}", status=404)
        trial.get(f"/metrics/pressure/{symbol}", status=404)
    trial.pipeline.save_minutes()
    assert not MinuteRollup.objects.exists()
    assert trial.signalled == []


@pytest.mark.parametrize(
    ("name", "count"), [("spot_diffs_named_as_books", 397), ("usdm_diffs_named_as_books", 767)]
)
def test_no_row_no_point_no_minute_no_signal(trial: Trial, name: str, count: int):
    sent = case(name)
    trial.play(sent, until=sent[-1][0] + 120)
    assert_no_number(trial)
    [report] = trial.get("/feed")["feeds"]
    assert report["ignored"] == trial.engine.ignored == {"diff_depth": count}
    assert report["refused"] == trial.engine.refused == {}
    assert report["accepted"] == 0


def test_books_and_diffs_of_contracts_under_one_name__neither_is_shown(
    trial: Trial, contracts: list[Arrival]
):
    """Which is which is not known one by one, and a diff must never be shown."""
    sent = sent_upstream(of_kinds(contracts, "depth20@100ms", "depth@0ms"), "btcusdt@depth20@100ms")
    trial.play(sent, until=sent[-1].at + 120)
    assert_no_number(trial)
    assert trial.feed.ignored == trial.engine.ignored == {"diff_depth": len(sent)}


def test_diffs_that_begin_after_a_while__what_is_shown_is_withdrawn(
    trial: Trial, contracts: list[Arrival], reader: StoreReader
):
    """Until then the books were true, and stay in the history; but for the last one, which may have been a change."""
    books, diffs = of_kinds(contracts, "depth20@100ms"), of_kinds(contracts, "depth@0ms")
    begin = contracts[0][0] + 10
    sent = sent_upstream(sorted(books + [diff for diff in diffs if diff[0] >= begin]), "x@depth20")
    trial.play(sent)
    for symbol in SYMBOLS:
        first_diff = next(each.at for each in sent if each.coin == symbol and each.kind == "depth@0ms")
        last_shown = max(at for at, _ in trial.live(symbol))
        assert first_diff - 0.25 <= last_shown < first_diff + 0.25
        trial.get(f"/metrics/depth/{symbol}", status=404)
        true = [each.at for each in sent if each.coin == symbol and each.at < first_diff]
        published = [at for at in true if at <= last_shown]
        times, _ = reader.history(market_id(symbol, "binance/usdm"), sent[0].at - 1, sent[-1].at)
        assert len(published) - 1 <= len(times) < len(true)
    assert [signalled for signalled in trial.signalled if signalled.at >= begin + 0.5] == []
    assert trial.feed.analyzer.withdrawals == trial.engine.withdrawals == len(SYMBOLS)


def test_spot_diffs_beside_spot_books__take_nothing_away(trial: Trial):
    """They show no book's fields, so that their name alone is wrong."""
    frames = arrivals("spot_btc_eth_20240808.depth20", "spot_btc_eth_20240808.raw", seconds=5)
    books, diffs = of_kinds(frames, "depth20@100ms"), of_kinds(frames, "depth@100ms")
    own = [arrival for arrival in books if b"btcusdt" in arrival[1][:20]]
    trial.play(sent_upstream(sorted(own + diffs), "btcusdt@depth20@100ms"))
    book = read_book(*own[-1])
    answer = trial.get("/metrics/depth/BTCUSDT")
    assert (answer["state"], oracle.differences(answer, book.bids, book.asks)) == ("live", [])
    assert trial.get("/metrics/pressure/BTCUSDT", timeframe="1m")["data_points"] == len(own)
    assert trial.feed.ignored == trial.engine.ignored == {"diff_depth": len(diffs)}


@pytest.mark.parametrize("offset", range(0, 240, 40))
def test_whichever_diff_is_the_first(trial: Trial, contracts: list[Arrival], offset: int):
    """A producer may be heard from any moment on; none of the first diffs may pass for a thin book."""
    sent = sent_upstream(of_kinds(contracts, "depth@0ms"), "x@y")[offset : offset + 40]
    trial.play(sent, until=sent[-1].at + 2)
    assert {symbol for _, rows in trial.shown for symbol in rows} == set()
    assert trial.signalled == []

"""What feeds and strategies make of `market.>`: diffs and whole books on request are counted, and do no harm."""

import json

import pytest

from markets.domain.translated import KINDS
from markets.subjects import subject_of
from metrics.feed.runner import DepthFeed
from realtime.variables import patterns
from tests.factories import START, Clock

DIFF = {
    "e": "depthUpdate", "E": round(START * 1000), "s": "BTCUSDT", "U": 157, "u": 160,
    "b": [["100.0", "1.0"]], "a": [["101.0", "0"]],
}  # fmt: skip
BOOK = {"lastUpdateId": 160, "bids": [["100.0", "1.0"]], "asks": [["101.0", "2.0"]]}


def test_everything_of_venues_may_be_listened_to():
    patterns(["binance.websocket.data", "market.>"])
    assert all(subject_of("okx", "usdm", kind, "BTCUSDT").startswith("market.okx-usdm.") for kind in KINDS)


@pytest.mark.parametrize(
    ("stream", "data", "kind"),
    [
        ("btcusdt@depth@100ms", DIFF, "diff_depth"),
        ("btcusdt@depth@100ms", DIFF | {"pu": 156, "T": round(START * 1000)}, "diff_depth"),
        ("btcusdt@depthSnapshot", BOOK, "depthSnapshot"),
    ],
)
def test_diffs_and_snapshots_are_counted_and_leave_the_book_as_it_is(
    feed: DepthFeed, clock: Clock, stream: str, data: dict[str, object], kind: str
):
    put(feed, "btcusdt@depth20@100ms", BOOK)
    for _ in range(3):
        put(feed, stream, data)
    assert feed.ignored == {kind: 3}
    assert not feed.refused
    assert feed.analyzer.accepted == 1
    assert [*feed.analyzer.not_live(clock())] == []


def put(feed: DepthFeed, stream: str, data: object) -> None:
    kind = "depth" if "depth20" in stream else "diff"
    raw = json.dumps({"stream": stream, "data": data, "source": "binance-websocket"}, separators=(",", ":"))
    feed.process(raw.encode(), subject_of("binance", "spot", kind, "BTCUSDT"))

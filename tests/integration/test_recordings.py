"""Recorded markets through NATS, feed, store, REST and sockets, against exact decimals of what the files hold."""

import math
from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from operator import attrgetter
from typing import Any

import pytest
from django.test import Client

from metrics.feed.runner import DepthFeed
from metrics.store.reader import StoreReader
from strategies.domain.signal import BookSeen, Signal
from strategies.ledger.looking_back import SETTLED_SECONDS, look_back
from tests import liquidity_oracle, oracle
from tests.factories import START, Clock
from tests.integration.markets import Book, Market, arrivals, needs_recordings
from tests.integration.pipeline import Pipeline
from tests.integration.sockets import Frame, Run, first_frames
from tests.liquidity_checks import check_bands, check_costs
from tests.servers import ROOT
from tests.strategies.ledger.signals import row as row_of
from tests.strategies.ledger.signals import signal, written

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
Get = Callable[..., Any]
SPANS = {"1m": 60, "5m": 300, "15m": 900}
EXAMPLE = ROOT / "examples/binance_spot_btc_eth"
RECORDED = ("spot_btc_eth_20240808", "usdm_btc_eth_20240808", "spot_10sym_20210405")
MARKETS = [
    pytest.param([str(EXAMPLE)], id=EXAMPLE.name),
    *(pytest.param([f"{name}.depth20", f"{name}.raw"], id=name, marks=needs_recordings) for name in RECORDED),
]
recorded, unless_absent = needs_recordings


@pytest.fixture
def get(client: Client, reader: StoreReader) -> Get:
    def get(path: str, status: int = 200, **query: Any) -> Any:
        answer = client.get(f"/api/v1{path}", query)
        assert answer.status_code == status, answer.content
        return answer.json()

    return get


@pytest.fixture
def pipeline(feed: DepthFeed, clock: Clock) -> Pipeline:
    return Pipeline(feed, clock)


def replayed(pipeline: Pipeline, clock: Clock, *files: str) -> Market:
    """The market as the files contain it, after the product has seen it too."""
    frames = arrivals(*files)
    market = Market(frames)
    clock.now = frames[0][0]
    pipeline.run(frames)
    pipeline.save_minutes()
    assert clock() == market.last_at
    return market


@pytest.mark.parametrize("files", MARKETS)
def test_replay__everything_served_equals_what_the_files_hold(
    pipeline: Pipeline, clock: Clock, get: Get, reader: StoreReader, run: Run, files: list[str]
):
    market = replayed(pipeline, clock, *files)
    assert_counts(get, market)
    now = clock()
    fresh = {symbol: books[-1] for symbol, books in market.accepted.items() if now - books[-1].at <= 60}
    assert fresh
    for symbol, book in fresh.items():
        assert_depth(get(f"/metrics/depth/{symbol}"), book, now)
        assert_liquidity(get(f"/metrics/liquidity/{symbol}"), market.accepted[symbol], now)
        for timeframe in SPANS:
            assert_pressure(get, market.accepted[symbol], timeframe, now)
        assert_minutes(get, market.accepted[symbol])
    assert_rows(get("/metrics/all"), fresh, now)
    assert_summary(get("/metrics/summary"), fresh, now)
    for symbol in set(market.accepted) - set(fresh):
        get(f"/metrics/depth/{symbol}", status=404)
    paths = ["/ws/pressure/", *(f"/ws/depth/{symbol}/" for symbol in fresh)]
    rows, *ladders = first_frames(run, reader, clock, paths)
    assert_socket_rows(rows, get("/metrics/all")["metrics"])
    for book, told in zip(fresh.values(), ladders, strict=True):
        assert_ladder(told, book)
    assert_outcomes(reader, market)


@recorded
@unless_absent
def test_raw_frames_alone__change_no_metric(pipeline: Pipeline, clock: Clock, get: Get):
    market = replayed(pipeline, clock, "spot_10sym_20210405.raw")
    assert not market.accepted
    assert_counts(get, market)
    assert get("/metrics/all")["symbols_count"] == 0
    get("/metrics/depth/ZILUSDT", status=404)
    get("/metrics/summary", status=404)


@recorded
@unless_absent
def test_spot_and_futures_at_once__never_mixed(pipeline: Pipeline, clock: Clock, get: Get):
    market = replayed(pipeline, clock, "spot_btc_eth_20240808.depth20", "usdm_btc_eth_20240808.depth20")
    assert_counts(get, market)
    assert {form for _, form in market.by_form} == {"spot", "usdm"}
    fresh = {place: books for place, books in market.by_form.items() if clock() - books[-1].at <= 60}
    assert min(map(len, market.by_form.values())) > 500
    for (symbol, form), books in fresh.items():
        assert_depth(get(f"/metrics/depth/{symbol}?form={form}"), books[-1], clock())
    for symbol, books in market.accepted.items():
        assert {book.form for book in books} == {"spot"}  # it comes first and was never silent meanwhile
        assert_depth(get(f"/metrics/depth/{symbol}"), books[-1], clock())


# -- What is served, held against the files ---------------------------------------------------


def assert_counts(get: Get, market: Market) -> None:
    [report] = get("/feed")["feeds"]
    assert report["messages"] == market.messages
    assert report["refused"] == market.refused
    assert report["ignored"] == market.ignored
    assert report["accepted"] == sum(map(len, market.by_form.values()))
    assert (report["slow_consumer_drops"], report["errors"]) == (0, {})


def assert_outcomes(reader: StoreReader, market: Market) -> None:
    """Of signals all through the last quarter of an hour: how far the mid price of the books had moved their way."""
    last = market.last_at - SETTLED_SECONDS
    decided: list[Signal] = []
    for symbol, books in market.accepted.items():
        first = math.ceil(max(books[0].at, last - SPANS["15m"] + 30))
        seen = BookSeen("binance", books[0].form, 1, "live", 0)
        decided += [
            signal(second - START, symbol=symbol, action=("buy", "sell")[second % 2], book=seen)
            for second in range(first, math.floor(last) - SPANS["1m"])
        ]
    written(*decided)
    while look_back(reader):
        pass
    known = 0
    for each in decided:
        row, at = row_of(each), datetime.fromisoformat(each.timestamp).timestamp()
        entry = mid_at(market.accepted[each.symbol], at)
        for span, seconds in SPANS.items():
            if at + seconds > last:
                continue
            then = mid_at(market.accepted[each.symbol], at + seconds)
            bps, why = getattr(row, f"bps_{span}"), getattr(row, f"unknown_{span}")
            if entry is None or then is None:
                assert (bps, why) == (None, "no_entry" if entry is None else "not_live")
                continue
            move = 10_000 * (then - entry) / entry
            assert bps == pytest.approx(float(move if each.action == "buy" else -move), rel=5e-6)
            known += 1
    assert known > 10


def mid_at(books: list[Book], at: float) -> Decimal | None:
    """The mid price of the newest book by then; None where that is older than five seconds."""
    place = bisect_right(books, at, key=attrgetter("at"))
    if not place or at - books[place - 1].at > 5:
        return None
    book = books[place - 1]
    return (book.bids[0][0] + book.asks[0][0]) / 2


def assert_depth(answer: dict[str, Any], book: Book, now: float) -> None:
    assert not oracle.differences(answer, book.bids, book.asks)
    assert answer["state"] == ("live" if now - book.at <= 5 else "stale")
    assert answer["age_ms"] == pytest.approx(1000 * (now - book.at), abs=1)
    assert (answer["event_time"] is None) == (book.form == "spot")


def assert_liquidity(answer: dict[str, Any], books: list[Book], now: float) -> None:
    """Order flow is of when the book was published: at the end, where it came after the last publication before."""
    book, dollars = books[-1], Decimal(1) if books[-1].symbol.endswith(("USDT", "USDC")) else None
    check_bands(answer, book.bids, book.asks, dollars)
    check_costs(answer, book.bids, book.asks, dollars)
    if book.at > math.floor(now):
        for span in answer["flow"]:
            assert_flow(span, books, now)


def assert_flow(span: dict[str, Any], books: list[Book], now: float) -> None:
    """Where books came more than five seconds after each other, it begins anew."""
    begin = max((place for place, (a, b) in enumerate(pairwise(books), 1) if b.at - a.at > 5), default=0)
    flows = [
        [liquidity_oracle.order_flow((a.bids, a.asks), (b.bids, b.asks), level) for level in range(5)]
        for a, b in pairwise(books[begin:])
        if b.at > now - span["seconds"]
    ]
    if len(books) - begin < 2:
        assert span["ofi"] is None
        return
    held = sum((quantity for side in (books[-1].bids, books[-1].asks) for _, quantity in side), Decimal(0))
    exact = sum((flow[0] for flow in flows), Decimal(0)), sum(map(sum, flows), Decimal(0))
    for served, flow in zip((span["ofi"], span["ofi_5"]), exact, strict=True):
        assert oracle.same(
            served, flow, (oracle.digits(flow) if flow else Decimal(0)) + held * Decimal("1e-11")
        )


def assert_flow_of_minute(row: dict[str, Any], inside: list[Book], pairs: list[tuple[Book, Book]]) -> None:
    """What each book added to the one before, be that of the minute before, unless a pause lies between them."""
    touches = [(book.bids[0][1] + book.asks[0][1]) / 2 for book in inside]
    assert float(mean(touches) or 0) == pytest.approx(row["touch_mean"], rel=1e-9)
    if not pairs:
        assert row["ofi"] is None
        return
    held = mean([sum((held for _, held in (*book.bids, *book.asks)), Decimal(0)) for book in inside])
    flows = [
        [liquidity_oracle.order_flow((a.bids, a.asks), (b.bids, b.asks), level) for level in range(5)]
        for a, b in pairs
    ]
    for name, flow in (("ofi", sum(one for one, *_ in flows)), ("ofi_5", sum(map(sum, flows)))):
        assert Decimal(repr(row[name])) == pytest.approx(
            Decimal(flow), abs=(held or Decimal(0)) * Decimal("1e-9")
        )


def assert_rows(answer: dict[str, Any], fresh: dict[str, Book], now: float) -> None:
    assert list(answer["metrics"]) == sorted(fresh)
    for symbol, row in answer["metrics"].items():
        exact = oracle.depth(fresh[symbol].bids, fresh[symbol].asks)
        total, mid, bps = (
            exact[path] for path in ("liquidity.total", "spread.mid_price", "spread.spread_bps")
        )
        assert oracle.same(row["net_pressure"], exact["pressure.net_pressure"], oracle.rounding(2))
        assert oracle.same(row["imbalance_percent"], exact["imbalance.percent"], oracle.rounding(2))
        assert oracle.same(row["spread_bps"], bps, oracle.price_ratio(bps))
        assert oracle.same(row["total_liquidity"], total, oracle.digits(total))
        assert oracle.same(row["mid_price"], mid, oracle.digits(mid))
        assert row["state"] == ("live" if now - fresh[symbol].at <= 5 else "stale")


def assert_socket_rows(told: Frame, rows: dict[str, Any]) -> None:
    """The numbers that REST has, to their last digit."""
    assert told["symbols"].keys() == rows.keys()
    for symbol, row in rows.items():
        row_told = told["symbols"][symbol]
        shared = row.keys() & row_told.keys() - {"age_ms"}
        assert len(shared) > 15
        assert {name: row_told[name] for name in shared} == {name: row[name] for name in shared}


def assert_ladder(told: Frame, book: Book) -> None:
    assert not oracle.differences(told["metrics"], book.bids, book.asks)
    sides = {"bids": book.bids, "asks": book.asks}
    assert {way: [[Decimal(repr(n)) for n in level] for level in told["ladder"][way]] for way in sides} == {
        way: [list(level) for level in side] for way, side in sides.items()
    }
    dollars = Decimal(1) if book.symbol.endswith(("USDT", "USDC")) else None
    check_bands(told["liquidity"], book.bids, book.asks, dollars)
    check_costs(told["liquidity"], book.bids, book.asks, dollars)


def mean(values: list[Decimal]) -> Decimal | None:
    return sum(values, Decimal(0)) / len(values) if values else None


def assert_summary(answer: dict[str, Any], fresh: dict[str, Book], now: float) -> None:
    live = [oracle.depth(book.bids, book.asks) for book in fresh.values() if now - book.at <= 5]
    pressures = [exact["pressure.net_pressure"] for exact in live]
    mood, liquidity = answer["market_sentiment"], answer["liquidity"]
    assert answer["symbols_tracked"] == len(fresh)
    stale = len(fresh) - len(live)
    assert answer["symbols_excluded"] == ({"stale": stale} if stale else {})
    moods = list(map(oracle.interpretation, pressures))
    for name in ("bullish", "bearish", "neutral"):
        assert mood[f"{name}_symbols"] == moods.count(name)
    assert oracle.same(mood["avg_net_pressure"], mean(pressures), oracle.rounding(2))
    ratio = mean([exact["imbalance.ratio"] for exact in live])
    assert oracle.same(mood["avg_imbalance_ratio"], ratio, oracle.rounding(3))
    spread = mean([exact["spread.spread_bps"] for exact in live])
    assert oracle.same(liquidity["avg_spread_bps"], spread, oracle.price_ratio(spread or Decimal(0)))
    total = sum((exact["liquidity.total"] for exact in live), Decimal(0))
    assert oracle.same(liquidity["total_liquidity"], total, oracle.digits(total))
    notional = sum(
        (exact["liquidity.bid_notional"] + exact["liquidity.ask_notional"] for exact in live), Decimal(0)
    )
    served = Decimal(repr(sum(liquidity["total_notional"].values())))
    assert abs(served - notional) <= 2 * oracle.digits(notional)


def pressure_of(book: Book) -> Decimal:
    return oracle.depth(book.bids, book.asks)["pressure.net_pressure"]


def assert_pressure(get: Get, books: list[Book], timeframe: str, now: float) -> None:
    answer = get(f"/metrics/pressure/{books[0].symbol}", timeframe=timeframe, max_points=1000)
    inside = [pressure_of(book) for book in books if now - SPANS[timeframe] < book.at <= now]
    summary, shown = answer["summary"], answer["pressure_history"]
    assert answer["data_points"] == len(inside)
    assert len(shown) == min(1000, len(inside))
    for name, exact in (
        ("avg_pressure", mean(inside)),
        ("max_pressure", max(inside, default=None)),
        ("min_pressure", min(inside, default=None)),
    ):
        assert oracle.same(summary[name], exact, oracle.rounding(2)), (timeframe, name)
    if inside:
        assert oracle.same(shown[0]["pressure"], inside[0], oracle.rounding(2))
        assert oracle.same(shown[-1]["pressure"], inside[-1], oracle.rounding(2))


def assert_minutes(get: Get, books: list[Book]) -> None:
    """Every minute but the one in progress."""
    begin, end = (datetime.fromtimestamp(at, UTC).isoformat() for at in (books[0].at - 60, books[-1].at + 60))
    minutes: dict[int, list[Book]] = {}
    for book in books:
        minutes.setdefault(int(book.at) // 60 * 60, []).append(book)
    rows = get(f"/metrics/history/{books[0].symbol}", **{"from": begin, "to": end})["rows"]
    found = {datetime.fromisoformat(row["timestamp"]).timestamp(): row for row in rows if row["updates"]}
    assert set(minutes) - set(found) <= {max(minutes)}
    for start, row in found.items():
        inside = minutes[int(start)]
        pressures = [pressure_of(book) for book in inside]
        assert row["updates"] == len(inside)
        assert oracle.same(row["pressure_open"], pressures[0], oracle.rounding(2))
        assert oracle.same(row["pressure_close"], pressures[-1], oracle.rounding(2))
        assert oracle.same(row["pressure_high"], max(pressures), oracle.rounding(2))
        assert oracle.same(row["pressure_low"], min(pressures), oracle.rounding(2))
        assert oracle.same(row["pressure_mean"], mean(pressures), oracle.rounding(2))
        assert_flow_of_minute(
            row, inside, [(a, b) for a, b in pairwise(books) if b in inside and b.at - a.at <= 5]
        )

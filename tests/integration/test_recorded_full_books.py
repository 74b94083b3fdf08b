"""Recorded changes of books and the snapshots they begin with, from NATS to REST and sockets: every level is right."""

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from heapq import merge
from itertools import takewhile

import pytest
from django.test import Client

from metrics.domain.full_books import FullBooks
from metrics.feed.runner import DepthFeed
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder
from metrics.store.reader import StoreReader
from tests import oracle
from tests.factories import Clock
from tests.integration.markets import DATA, arrivals, needs_recordings, of_kinds
from tests.integration.pipeline import Arrival, Pipeline
from tests.integration.sockets import Run, first_frames
from tests.liquidity_checks import check_bands, check_costs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300), *needs_recordings]
NAME = "spot_10sym_20210405"
CUT_AT = 1000
"""Levels a side after which the exchange cuts a snapshot: what lies beyond is not known."""
AFTERWARDS = 3
"""Seconds: whole books are handed on once a second, so that the last one is among them then."""


class Side:
    """Prices and quantities as they were sent, and the price up to which all of them are known."""

    def __init__(self, levels: list[list[str]], *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self._held = {Decimal(price): Decimal(quantity) for price, quantity in levels}
        self._cut_at = Decimal(levels[-1][0]) if len(levels) >= CUT_AT else None

    def change(self, levels: list[list[str]]) -> None:
        self._held |= {Decimal(price): Decimal(quantity) for price, quantity in levels}

    @property
    def edge(self) -> Decimal:
        return self.known()[-1][0] if self._cut_at is None else self._cut_at

    def known(self) -> oracle.Side:
        levels = sorted([level for level in self._held.items() if level[1]], reverse=self._is_bid)
        if self._cut_at is None:
            return levels
        edge = self._cut_at
        return [*takewhile(lambda level: level[0] >= edge if self._is_bid else level[0] <= edge, levels)]


def snapshots() -> Iterator[Arrival]:
    with gzip.open(DATA / f"{NAME}.rest.ndjson.gz") as lines:
        for line in lines:
            told = json.loads(line)
            stream = f"{told['symbol'].lower()}@depthSnapshot"
            yield told["recv_us"] / 1e6, json.dumps({"stream": stream, "data": told["snapshot"]}).encode()


def books_of(frames: list[Arrival]) -> dict[str, tuple[Side, Side]]:
    """What the frames say at the end; changes up to the id of a snapshot are part of it."""
    begun: dict[str, tuple[int, tuple[Side, Side]]] = {}
    waiting: dict[str, list[dict]] = {}
    for _, frame in frames:
        message = json.loads(frame)
        symbol, data = message["stream"].partition("@")[0].upper(), message["data"]
        if "lastUpdateId" in data:
            sides = Side(data["bids"], is_bid=True), Side(data["asks"], is_bid=False)
            begun[symbol] = data["lastUpdateId"], sides
            changes = waiting.pop(symbol, [])
        else:
            changes = [data]
        if symbol not in begun:
            waiting.setdefault(symbol, []).append(data)
            continue
        from_id, (bids, asks) = begun[symbol]
        for change in changes:
            if change["u"] > from_id:
                bids.change(change["b"])
                asks.change(change["a"])
    return {symbol: sides for symbol, (_, sides) in begun.items()}


def test_all_levels_of_recorded_books__and_what_trading_in_them_costs__are_served(
    feed: DepthFeed, clock: Clock, reader: StoreReader, client: Client, run: Run
):
    feed.full_books = FullBooks(levels=20, max_books=20)
    feed.analyzer.whole = feed.full_books.known
    feed.decoder = WireDecoder(reads=BOOKS_AND_REFERENCES | FULL_BOOKS)
    frames = [*merge(of_kinds(arrivals(f"{NAME}.raw"), "depth@100ms"), sorted(snapshots()))]
    clock.now = frames[0][0]
    Pipeline(feed, clock).run(frames, until=frames[-1][0] + AFTERWARDS)

    whole = 0
    books = books_of(frames)
    sockets = first_frames(run, reader, clock, [f"/ws/depth/{symbol}/" for symbol in books])
    for (symbol, (bids, asks)), told in zip(books.items(), sockets, strict=True):
        served = client.get(f"/api/v1/metrics/depth/{symbol}").json()
        assert not oracle.differences(served, bids.known()[:20], asks.known()[:20])
        answer = client.get(f"/api/v1/metrics/liquidity/{symbol}?sizes=1000,20000,500000").json()
        dollars = Decimal(1) if symbol.endswith(("USDT", "USDC")) else None
        for liquidity in (answer, told["liquidity"]):
            check_bands(liquidity, bids.known(), asks.known(), dollars, (bids.edge, asks.edge))
            check_costs(liquidity, bids.known(), asks.known(), dollars)
        assert not oracle.differences(told["metrics"], bids.known()[:20], asks.known()[:20])
        whole += sum(len(side.known()) for side in (bids, asks))
    assert whole > 12_000

"""GET /metrics/heat/{symbol}: rows by column, each number as it was fed, and only what is new where that is asked."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from metrics.store.reader import StoreReader
from metrics.store.writer import StoreWriter
from tests import liquidity_oracle
from tests.factories import START, Clock, spot_book, trade, usdm_book

HEAT = "/api/v1/metrics/heat/BTCUSDT"
WIRE = [
    ([("0.1", "3"), ("0.0999", "12.5")], [("0.1003", "0.7"), ("0.1004", "250")]),
    ([("61000.01", "0.5"), ("60999.9", "0.00012")], [("61000.02", "2"), ("61399", "9")]),
    ([("100", "1"), ("99.5", "2"), ("99", "1.5")], [("100.5", "0.5"), ("101", "1"), ("101.5", "0.8")]),
]
"""Books as they are sent, best levels first."""
Publish = Callable[..., None]
Asked = Callable[..., Any]


@pytest.fixture
def asked(
    reader: StoreReader, writer: StoreWriter, run: Callable[..., Any], clock: Clock, client: Client
) -> Asked:
    """What is answered once everything is written."""

    def ask(address: str = HEAT, **query: Any) -> Any:
        run(lambda: writer.write_history(clock()))
        answer = client.get(address, query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


def decoded(answer: Any) -> dict[str, Any]:
    """What the snippet of the documentation makes of an answer."""
    text = Path("docs/metrics.md").read_text().partition("## Depth over time")[2]
    snippet = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert snippet
    names = {"answer": answer}
    exec(snippet[1], names)  # noqa: S102
    return names


@pytest.mark.parametrize("wire", WIRE)
def test_every_number_is_that_of_the_book_that_was_fed(publish: Publish, asked: Asked, wire: Any):
    bids, asks = ([(Decimal(price), Decimal(held)) for price, held in side] for side in wire)
    publish(
        spot_book(bids=[(float(p), float(q)) for p, q in bids], asks=[(float(p), float(q)) for p, q in asks])
    )
    answer = asked()
    assert (answer["rows"], answer["times_ms"]) == (1, [round(1000 * START)])
    assert (answer["best_bid"], answer["best_ask"]) == ([float(bids[0][0])], [float(asks[0][0])])
    assert (answer["bought"], answer["sold"]) == ([None], [None])
    middle = liquidity_oracle.mid(bids, asks)
    read = decoded(answer)
    for place, (side, name) in enumerate(((bids, "bid_reach_bps"), (asks, "ask_reach_bps"))):
        reach = min(Decimal(50), liquidity_oracle.reach(side[-1][0], middle))
        assert answer[name] == [pytest.approx(float(reach), rel=1e-5, abs=5e-5)]
        edges, held = read["prices"][0][place].tolist(), read["quantities"][0][place].tolist()
        assert edges[0] == pytest.approx(float(middle))
        near = [(p, q) for p, q in side if abs(p / middle - 1) * 10_000 <= reach * Decimal("1.000000001")]
        for price, quantity in near:
            away = abs(float(price - middle))
            where = next(n for n in range(64) if abs(edges[n + 1] - float(middle)) * (1 + 1e-6) >= away)
            assert held[where] == pytest.approx(float(quantity), rel=1 / 11), (price, where)
        assert sum(held) == pytest.approx(float(sum(q for _, q in near)), rel=1 / 11)


def test_trades_are_told_in_the_quote_asset_as_they_were(publish: Publish, asked: Asked, clock: Clock):
    publish(spot_book())
    clock.advance(1)
    publish(trade(price="100.1", quantity="0.3", at=clock()), spot_book(update_id=2))
    assert asked()["sold"] == [None, 30.03]
    assert asked()["bought"] == [None, 0.0]


def test_asked_since_the_last_row__what_came_later(publish: Publish, asked: Asked, clock: Clock):
    times = []
    for number in range(4):
        clock.now = START + 1.0004 * number
        publish(spot_book(update_id=number + 1))
        times.append(round(1000 * clock()))
    assert asked()["times_ms"] == times
    for place, time in enumerate(times):
        since = datetime.fromtimestamp(time / 1000, UTC).isoformat()
        answer = asked(since=since)
        assert answer["times_ms"] == times[place + 1 :]
        assert answer["rows"] == len(answer["best_bid"]) == len(times) - place - 1


def test_the_span_is_bounded(publish: Publish, asked: Asked, clock: Clock, client: Client):
    for number in range(3):
        publish(spot_book(update_id=number + 1))
        clock.advance(40)
    assert len(asked(minutes=1)["times_ms"]) == 1
    assert len(asked()["times_ms"]) == 3
    for minutes in ("0", "16", "x"):
        assert client.get(HEAT, {"minutes": minutes}).status_code == 400
    assert client.get(HEAT, {"since": "yesterday"}).status_code == 400


def test_while_nothing_new_comes_the_tag_stays(publish: Publish, asked: Asked, clock: Clock, client: Client):
    publish(spot_book())
    asked()
    tag = client.get(HEAT)["ETag"]
    clock.advance(0.5)
    assert client.get(HEAT, headers={"If-None-Match": tag}).status_code == 304
    clock.advance(0.5)
    publish(spot_book(update_id=2))
    asked()
    assert client.get(HEAT, headers={"If-None-Match": tag}).status_code == 200


def test_each_market_has_a_map_of_its_own(publish: Publish, asked: Asked, client: Client):
    publish(spot_book(), usdm_book(bids=[(200.0, 1.0)], asks=[(201.0, 1.0)]))
    assert asked(form="usdm")["best_bid"] == [200.0]
    assert asked(form="spot")["best_bid"] == [100.0]
    answer = client.get(HEAT, {"venue": "okx"})
    assert answer.status_code == 404
    assert "there are binance" in answer.json()["message"]


def test_nothing_is_known_of_a_symbol_that_is_not_tracked(
    publish: Publish, client: Client, reader: StoreReader
):
    publish(spot_book())
    assert client.get("/api/v1/metrics/heat/NOSUCH").status_code == 404

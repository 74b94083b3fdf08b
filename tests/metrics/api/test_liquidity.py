"""GET /metrics/liquidity/{symbol} and GET /metrics/liquidity: the documented example, dollars, order, what is null."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from metrics.api.examples import LIQUIDITY_EXAMPLE
from metrics.api.queries import LIQUIDITY_COLUMNS
from metrics.domain.full_books import FullBooks
from metrics.domain.liquidity.bands import Band, bands
from metrics.domain.liquidity.known import KnownBook
from metrics.feed.runner import DepthFeed
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder
from metrics.store.reader import StoreReader
from tests.factories import ASKS, BIDS, Clock, mixed_books, spot_book, trade, usdm_book
from tests.liquidity_checks import check_bands, check_costs
from tests.metrics.feed.test_full_books import change, snapshot

LIST = "/api/v1/metrics/liquidity"
ONE = f"{LIST}/BTCUSDT"
ASKED = {"sizes": "200,300", "bands": "50,200"}
TIMES = ("timestamp", "event_time", "known_at")
HEAD = ("symbol", "venue", "form", "quote_asset", *TIMES)
Publish = Callable[..., None]


@pytest.fixture
def feed(make_feed: Callable[[], DepthFeed]) -> DepthFeed:
    """One that hears trades as well, and keeps books whole."""
    feed = make_feed()
    feed.full_books = FullBooks(levels=20, max_books=10)
    feed.analyzer.whole = feed.full_books.known
    feed.decoder = WireDecoder(reads=BOOKS_AND_REFERENCES | FULL_BOOKS)
    return feed


def one_level(symbol: str, bid: float, ask: float, held: float, update_id: int = 1) -> bytes:
    return spot_book(symbol, [(bid, held)], [(ask, held)], update_id)


def of_one(client: Client, symbol: str = "BTCUSDT", **query: str) -> Any:
    answer = client.get(f"{LIST}/{symbol}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def listed(client: Client, **query: Any) -> Any:
    answer = client.get(LIST, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["markets"]


# -- One market ------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [ONE, ONE + "/", ONE.replace("BTCUSDT", "btcUsdt")])
def test_the_documented_example_digit_by_digit(
    client: Client, reader: StoreReader, publish: Publish, clock: Clock, address: str
):
    before = [(100.0, 0.4), (99.5, 1.0), (99.0, 1.5)], [(100.5, 0.5), (101.0, 1.6), (101.5, 0.8)]
    publish(spot_book("BTCUSDT", *before))
    publish(spot_book(update_id=2), trade(price="99.95", quantity="2"))
    clock.advance(0.041)
    answer = client.get(address, ASKED)
    assert answer.status_code == 200
    documented: dict[str, Any] = LIQUIDITY_EXAMPLE.value
    assert {**answer.json(), **dict.fromkeys(TIMES)} == {**documented, **dict.fromkeys(TIMES)}
    assert answer.json()["timestamp"] == "2023-11-14T22:14:00.000Z"


def test_without_a_word_sizes_and_bands_are_those_of_the_settings(
    client: Client, reader: StoreReader, publish: Publish, settings: Any
):
    settings.LIQUIDITY_SIZES, settings.LIQUIDITY_BANDS_BPS = (100.0,), (25.0, 12.5)
    publish(spot_book())
    body = of_one(client)
    assert [cost["size_usd"] for cost in body["costs"]] == [100.0]
    assert [band["bps"] for band in body["bands"]] == [25.0, 12.5]


def test_a_size_that_just_empties_a_level_takes_nothing_of_the_next(
    client: Client, reader: StoreReader, publish: Publish
):
    publish(spot_book())
    emptied, more = of_one(client, sizes="50.25,50.26")["costs"]
    assert emptied["buy"] == {
        "average_price": 100.5, "worst_price": 100.5, "bps": 24.9377, "bps_of_best": 0.0,
    }  # fmt: skip
    assert more["buy"]["worst_price"] == 101.0


def test_a_book_of_one_level_a_side_is_known_as_far_as_that(
    client: Client, reader: StoreReader, publish: Publish
):
    publish(one_level("BTCUSDT", 99.0, 101.0, 2.0))
    body = of_one(client, sizes="198,199", bands="100,101")
    assert body["known_to_bps"] == {"bid": 100.0, "ask": 100.0}
    known, beyond = body["bands"]
    assert known["ask"] == {"quantity": 2.0, "notional": 202.0, "usd": 202.0}
    assert (beyond["bid"], beyond["ask"], beyond["imbalance"]) == (None, None, None)
    assert [(cost["sell"] or {}).get("bps") for cost in body["costs"]] == [100.0, None]


def test_a_market_for_bitcoin_is_in_dollars_while_there_is_a_live_one_of_bitcoin(
    client: Client, reader: StoreReader, publish: Publish, clock: Clock
):
    publish(one_level("BTCUSDT", 49_999.0, 50_001.0, 1.0), one_level("ETHBTC", 0.0396, 0.0404, 100.0))
    body = of_one(client, "ETHBTC", sizes="45000", bands="100")
    assert (body["quote_asset"], body["usd_per_quote"]) == ("BTC", 50_000.0)
    assert body["costs"][0] | {"sell": None} == {
        "size_usd": 45_000.0,
        "notional": 0.9,
        "buy": {"average_price": 0.0404, "worst_price": 0.0404, "bps": 100.0, "bps_of_best": 0.0},
        "sell": None,
    }
    assert body["bands"][0]["bid"] == {"quantity": 100.0, "notional": 3.96, "usd": 198_000.0}
    row = listed(client)["ETHBTC"]
    assert (row["cost_bps"]["10000"], row["cost_bps"]["1000000"]) == (100.0, None)
    clock.advance(6)
    publish(one_level("ETHBTC", 0.0396, 0.0404, 100.0, update_id=2))
    assert of_one(client)["state"] == "stale"
    body = of_one(client, "ETHBTC", sizes="45000", bands="100")
    assert (body["state"], body["usd_per_quote"]) == ("live", None)
    assert body["costs"] == [{"size_usd": 45_000.0, "notional": None, "buy": None, "sell": None}]
    assert body["bands"][0]["bid"] == {"quantity": 100.0, "notional": 3.96, "usd": None}
    row = listed(client)["ETHBTC"]
    assert {*row["cost_bps"].values(), *row["depth_usd"].values(), row["traded_usd_60s"]} == {None}


@pytest.mark.parametrize(("symbol", "asset"), [("BTCTRY", "TRY"), ("MYSTERY", None)])
def test_of_a_quote_asset_that_no_market_prices_nothing_is_known_in_dollars(
    client: Client, reader: StoreReader, publish: Publish, symbol: str, asset: str | None
):
    publish(spot_book(symbol))
    body = of_one(client, symbol, **ASKED)
    assert (body["quote_asset"], body["usd_per_quote"]) == (asset, None)
    assert (body["mid_price"], body["bands"][0]["bid"]["notional"]) == (100.25, 100.0)


@pytest.mark.parametrize(("symbol", "questions"), [("BTCUSDT", 1), ("BTCTRY", 2), ("BTCMYSTERY", 1)])
def test_what_an_asset_is_worth_is_one_question_more_at_most(
    client: Client, reader: StoreReader, publish: Publish, store: Any, symbol: str, questions: int
):
    publish(spot_book(symbol))

    def asked() -> int:
        calls = store.info("commandstats")
        count: int = calls["cmdstat_hmget"]["calls"]
        return count

    before = asked()
    of_one(client, symbol)
    assert asked() - before == questions + 1  # rows and books come in one


@pytest.mark.parametrize(("bids", "asks"), [(BIDS, []), ([], ASKS)])
def test_a_book_of_one_side_has_no_mid_and_so_nothing_that_is_measured_from_it(
    client: Client, reader: StoreReader, publish: Publish, bids: Any, asks: Any
):
    publish(spot_book(bids=bids, asks=asks))
    body = of_one(client, **ASKED)
    assert (body["state"], body["mid_price"], body["usd_per_quote"]) == ("one_sided", None, 1.0)
    assert body["known_to_bps"] == {"bid": None, "ask": None}
    assert body["bands"] == [
        {"bps": bps, "bid": None, "ask": None, "imbalance": None} for bps in (50.0, 200.0)
    ]
    assert body["costs"] == [
        {"size_usd": size, "notional": size, "buy": None, "sell": None} for size in (200.0, 300.0)
    ]
    row = listed(client)["BTCUSDT"]
    assert (row["known_to_bps"], row["imbalance"], set(row["depth_usd"].values())) == (None, None, {None})


def test_a_stale_or_crossed_book_keeps_its_last_good_numbers_and_says_so(
    client: Client, reader: StoreReader, publish: Publish, clock: Clock
):
    publish(spot_book())
    live = of_one(client, **ASKED)
    publish(spot_book(bids=[(100.5, 9.0)], update_id=2))
    crossed = of_one(client, **ASKED)
    clock.advance(6)
    stale = of_one(client, **ASKED)
    assert [(body["state"], body["reason"]) for body in (crossed, stale)] == [
        ("crossed", "crossed"),
        ("stale", "crossed"),
    ]
    for name in ("mid_price", "known_to_bps", "bands", "costs"):
        assert live[name] == crossed[name] == stale[name]


def test_a_suspect_book_has_no_numbers(client: Client, reader: StoreReader, publish: Publish):
    publish(*mixed_books())
    body = of_one(client, **ASKED)
    assert (body["state"], body["mid_price"]) == ("suspect", None)
    spans = [*body["flow"], *body["trades"]]
    assert {value for span in spans for name, value in span.items() if name != "seconds"} == {None}
    row = listed(client)["BTCUSDT"]
    assert not [name for name, value in row.items() if isinstance(value, float)]
    assert {*row["cost_bps"].values(), *row["depth_usd"].values()} == {None}


@pytest.mark.parametrize("name", ["sizes", "bands"])
@pytest.mark.parametrize("value", ["x", "5,5", "0", "1e12", "nan", "1,", ",".join(map(str, range(1, 22)))])
def test_what_is_no_list_of_numbers_is_refused(client: Client, name: str, value: str):
    answer = client.get(ONE, {name: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [name])
    assert answer.json()["detail"].startswith(f"{name}: must be at most 20 different numbers from ")


# -- Whole books -----------------------------------------------------------------------------


def test_of_a_whole_book_all_levels_count__in_one_market_and_in_the_list(
    client: Client, reader: StoreReader, publish: Publish, clock: Clock
):
    """Thirty a side, of which rows and depth use twenty; as it was when it was handed out whole."""
    bids = [(round(100.0 - place / 10, 1), 1.0) for place in range(30)]
    asks = [(round(100.1 + place / 10, 1), 2.0) for place in range(30)]
    publish(snapshot(10, bids=bids, asks=asks))
    clock.advance(0.25)
    publish(change(11, 11, [(100.0, 0.5)]))
    body = of_one(client, sizes="2500", bands="280")
    assert body["known_at"] < body["timestamp"]
    exact_bids, exact_asks = (
        [(Decimal(str(price)), Decimal(held)) for price, held in side] for side in (bids, asks)
    )
    check_bands(body, exact_bids, exact_asks, Decimal(1))
    check_costs(body, exact_bids, exact_asks, Decimal(1))
    (cost,), (row,) = body["costs"], listed(client).values()
    assert (cost["buy"]["worst_price"], cost["sell"]["worst_price"]) == (101.3, 97.5)
    assert row["known_to_bps"] == min(body["known_to_bps"].values())


# -- All markets -----------------------------------------------------------------------------


@pytest.fixture
def market(reader: StoreReader, publish: Publish) -> None:
    """From the cheapest to the dearest, one that does not hold the size, one of one side."""
    publish(
        one_level("AAAUSDT", 99.9, 100.1, 2_000.0),
        one_level("BBBUSDT", 99.0, 101.0, 3_000.0),
        one_level("CCCUSDT", 99.5, 100.5, 1_000.0),
        one_level("DDDUSDT", 99.0, 101.0, 1.0),
        spot_book("EEEUSDT", [(1.0, 1.0)], []),
        usdm_book("AAAUSDT", [(99.99, 9.0)], [(100.01, 9.0)]),
    )


def test_a_row_is_what_its_market_says_by_itself(
    client: Client, reader: StoreReader, publish: Publish, clock: Clock
):
    publish(spot_book())
    publish(spot_book(bids=[(100.0, 4.0)], update_id=2), trade(price="99.95", quantity="2"))
    clock.advance(0.25)
    row = listed(client)["BTCUSDT"]
    body = of_one(client, sizes="10000,100000,1000000", bands="5,10,25,50,100,200")
    assert {name: row[name] for name in HEAD if name in row} == {
        name: body[name] for name in HEAD if name in row
    }
    assert row["known_to_bps"] == min(body["known_to_bps"].values())
    assert row["depth_usd"] == {
        f"{band['bps']:g}": band["bid"] and band["ask"] and band["bid"]["usd"] + band["ask"]["usd"]
        for band in body["bands"]
    }
    assert set(row["cost_bps"].values()) == {None}
    ten_seconds, minute = body["flow"][1], body["trades"][2]
    assert (
        (row["ofi_10s"], row["ofi_10s_normalised"])
        == (ten_seconds["ofi"], ten_seconds["normalised"])
        == (3.0, 2.0)
    )
    assert (row["traded_usd_60s"], row["trade_imbalance_60s"]) == (minute["sold"], -1.0)
    assert row["effective_spread_bps_60s"] == minute["effective_spread_bps"]


def number_in(row: dict[str, Any], column: str) -> Any:
    """`depth_usd_10` is what stands under 10 in `depth_usd`."""
    name, _, key = column.rpartition("_")
    return row[name][key] if name in ("cost_bps", "depth_usd") else row[column]


@pytest.mark.parametrize("column", LIQUIDITY_COLUMNS)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_any_column_sorts_and_what_is_unknown_comes_last(
    client: Client, market: None, column: str, order: str
):
    rows = listed(client, sort_by=column, sort_order=order)
    assert len(rows) == 5
    values = [number_in(row, column) for row in rows.values()]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=order == "desc")
    assert values == known + [None] * (len(values) - len(known))


def test_where_a_size_is_traded_cheapest(client: Client, market: None):
    rows = listed(client, sort_by="cost_bps_100000")
    assert {symbol: row["cost_bps"]["100000"] for symbol, row in rows.items()} == {
        "AAAUSDT": 10.0, "BBBUSDT": 100.0, "CCCUSDT": None, "DDDUSDT": None, "EEEUSDT": None,
    }  # fmt: skip
    assert list(listed(client, sort_by="COST_BPS_10000", state="live", limit=2, offset=1)) == [
        "CCCUSDT",
        "BBBUSDT",
    ]


def test_rows_are_filtered_and_paged(client: Client, market: None):
    assert list(listed(client, symbols="aaausdt,EEEUSDT")) == ["AAAUSDT", "EEEUSDT"]
    assert list(listed(client, state="one_sided")) == ["EEEUSDT"]
    assert list(listed(client, symbols="AAAUSDT", venue="*")) == ["AAAUSDT@binance", "AAAUSDT@binance-usdm"]
    body = client.get(f"{LIST}?limit=2&offset=2&sort_order=desc").json()
    assert (list(body["markets"]), body["symbols_count"]) == (["CCCUSDT", "BBBUSDT"], 2)
    assert body["pagination"] == {"total": 5, "limit": 2, "offset": 2, "has_next": True, "has_previous": True}


def test_of_no_market_there_is_no_row__and_without_a_feed_it_cannot_be_known(
    client: Client, reader: StoreReader, publish: Publish
):
    answer = client.get(LIST)
    assert (answer.status_code, answer.json()["error"]) == (503, "No feed is running")
    publish()
    assert listed(client) == {}


def test_figures_of_a_book_that_has_not_changed_are_not_worked_out_again(
    client: Client, market: None, publish: Publish, monkeypatch: pytest.MonkeyPatch
):
    """A new book is, and so is one whose quote asset is worth something else."""
    first = listed(client)
    worked_out: list[float] = []

    def counted(book: KnownBook, widths: list[float]) -> list[Band]:
        worked_out.append(book.bids.best)
        return bands(book, widths)

    monkeypatch.setattr("metrics.answers.liquidity_rows.bands", counted)
    assert listed(client) == first
    assert worked_out == []
    publish(one_level("CCCUSDT", 99.5, 100.6, 1_000.0, update_id=2))
    listed(client)
    assert worked_out == [99.5]


@pytest.mark.parametrize("address", [ONE, LIST])
def test_whoever_has_an_answer_gets_it_again_only_when_it_has_changed(
    client: Client, reader: StoreReader, publish: Publish, clock: Clock, address: str
):
    publish(spot_book())
    tag = client.get(address).headers["ETag"]
    clock.advance(1)
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    publish(spot_book(update_id=2, bids=[(100.0, 3.0)]))
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200

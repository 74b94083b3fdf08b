"""Markets of one symbol apart: `venue` and `form` at every address, and GET /metrics/venues/{symbol}."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, NamedTuple

import pytest
from django.test import Client

from metrics.answers.venues import MOST_COMPARED, venues_answer
from metrics.models import MinuteRollup
from metrics.store.reader import StoreReader
from tests.factories import Clock, spot_book, usdm_book
from tests.metrics.push.conftest import away

API = "/api/v1/metrics"
OF_SYMBOL = [f"{API}/{name}/BTCUSDT" for name in ("depth", "pressure", "prices", "liquidity", "history")]
OF_ALL = [f"{API}/{name}" for name in ("all", "summary", "sparklines", "liquidity")]
Publish = Callable[..., None]


def book(
    venue: str, bid: float, ask: float, update_id: int = 1, form: str = "spot", symbol: str = "BTCUSDT"
) -> bytes:
    """A level a side, as a producer at `venue` sends it."""
    sides: dict[str, Any] = {"bids": [(bid, 2.0)], "asks": [(ask, 1.0)]}
    if form == "usdm":
        return usdm_book(symbol, **sides, update_id=update_id, source=f"{venue}-websocket")
    return spot_book(symbol, **sides, update_id=update_id, source=f"{venue}-websocket")


@pytest.fixture
def venues(reader: StoreReader, publish: Publish) -> None:
    """Bitcoin at three markets, ether at one."""
    publish(
        book("okx", 102.0, 103.0),
        book("binance", 100.0, 101.0),
        book("okx", 104.0, 105.0, form="usdm"),
        book("binance", 10.0, 11.0, symbol="ETHUSDT"),
    )


# -- One of each symbol, or each by itself ---------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "market", "mid"),
    [
        ({}, ("binance", "spot"), 100.5),
        ({"venue": "binance"}, ("binance", "spot"), 100.5),
        ({"venue": "OKX"}, ("okx", "spot"), 102.5),
        ({"venue": "okx", "form": "usdm"}, ("okx", "usdm"), 104.5),
        ({"form": "usdm"}, ("okx", "usdm"), 104.5),
        ({"form": "spot"}, ("binance", "spot"), 100.5),
    ],
)
def test_one_symbol_at_one_market(
    client: Client, venues: None, asked: dict[str, str], market: tuple[str, str], mid: float
):
    depth, pressure, prices, liquidity = (
        client.get(f"{API}/{name}/BTCUSDT", asked).json()
        for name in ("depth", "pressure", "prices", "liquidity")
    )
    for body in (depth, pressure, prices, liquidity):
        assert (body["symbol"], body["venue"], body["form"]) == ("BTCUSDT", *market)
    assert depth["spread"]["mid_price"] == liquidity["mid_price"] == mid
    assert [point["mid_price"] for point in prices["price_history"]] == [mid]
    assert pressure["data_points"] == 1
    (row,) = client.get(f"{API}/all", {"symbols": "BTCUSDT", **asked}).json()["metrics"].values()
    assert (row["symbol"], row["venue"], row["form"], row["mid_price"]) == ("BTCUSDT", *market, mid)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["BTCUSDT", "ETHUSDT"]),
        ({"venue": "okx"}, ["BTCUSDT"]),
        ({"form": "spot"}, ["BTCUSDT", "ETHUSDT"]),
        ({"venue": "*"}, ["BTCUSDT@binance", "BTCUSDT@okx", "BTCUSDT@okx-usdm", "ETHUSDT@binance"]),
        ({"venue": "*", "form": "spot"}, ["BTCUSDT@binance", "BTCUSDT@okx", "ETHUSDT@binance"]),
        ({"venue": "okx, binance", "form": "usdm"}, ["BTCUSDT@okx-usdm"]),
        ({"venue": "kraken"}, []),
    ],
)
def test_all_symbols_at_some_markets(client: Client, venues: None, asked: dict[str, str], names: list[str]):
    page, sparklines, liquidity = (
        client.get(f"{API}/{name}", asked).json() for name in ("all", "sparklines", "liquidity")
    )
    assert list(liquidity["markets"]) == names
    assert (list(page["metrics"]), page["pagination"]["total"]) == (names, len(names))
    assert sorted(sparklines["symbols"]) == names
    summary = client.get(f"{API}/summary", asked)
    assert summary.json()["symbols_tracked"] == len(names) if names else summary.status_code == 404


def test_a_summary_is_of_the_markets_that_are_asked_for(client: Client, venues: None):
    notional = {
        venue: client.get(f"{API}/summary", {"venue": venue}).json()["liquidity"]["total_notional"]["USDT"]
        for venue in ("binance", "okx", "*")
    }
    assert notional == {"binance": 332.0, "okx": 307.0, "*": 332.0 + 307.0 + 313.0}


# -- What cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize("address", [*OF_SYMBOL, *OF_ALL])
@pytest.mark.parametrize(
    "venue", [" ", "-okx", "okx/spot", "x" * 33, "okx,", "Ökx", "okx,*", ",".join(f"v{n}" for n in range(33))]
)
def test_what_is_no_venue_is_refused(client: Client, address: str, venue: str):
    answer = client.get(address, {"venue": venue})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["venue"]
    assert answer.json()["detail"].startswith("venue: ")


@pytest.mark.parametrize("address", [*OF_SYMBOL, *OF_ALL])
def test_what_is_no_form_is_refused(client: Client, address: str):
    answer = client.get(address, {"form": "swap"})
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "form: must be one of spot, usdm, got 'swap'",
    )


@pytest.mark.parametrize("address", OF_SYMBOL)
@pytest.mark.parametrize("venue", ["*", "okx,binance"])
def test_where_one_market_is_meant_several_are_refused(client: Client, address: str, venue: str):
    answer = client.get(address, {"venue": venue})
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "venue: venue must be one; /metrics/venues/{symbol} has all",
    )


@pytest.mark.parametrize("name", ["depth", "pressure", "prices", "liquidity"])
def test_of_a_symbol_that_is_not_at_a_venue_it_is_told_where_it_is(client: Client, venues: None, name: str):
    what = "pressure history" if name == "pressure" else "metrics"
    for symbol, asked, message in (
        ("BTCUSDT", {"venue": "kraken"}, "BTCUSDT at kraken; there are binance, okx, okx-usdm."),
        (
            "BTCUSDT",
            {"venue": "binance", "form": "usdm"},
            "BTCUSDT at binance (usdm); there are binance, okx, okx-usdm.",
        ),
        ("ETHUSDT", {"form": "usdm"}, "ETHUSDT (usdm); there is binance."),
        ("NOSUCH", {"venue": "okx"}, ""),
    ):
        answer = client.get(f"{API}/{name}/{symbol}", asked)
        assert answer.status_code == 404
        assert answer.json()["message"] == (
            f"No {what} available for {message}"
            if message
            else "The symbol is not tracked, or its last update is too old to show."
        )


# -- Minutes ---------------------------------------------------------------------------------

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"}


@pytest.fixture
def minutes(db: None) -> None:
    """Two minutes of before markets were kept apart, then two of two markets each; the mid price tells them apart."""
    kept = [
        ("", 0, 1.0),
        ("", 1, 1.0),
        ("binance/spot", 1, 2.0),
        ("binance/spot", 2, 2.0),
        ("okx/spot", 1, 3.0),
        ("okx/spot", 2, 3.0),
    ]
    parts = ("open", "high", "low", "close", "mean")
    MinuteRollup.objects.bulk_create(
        MinuteRollup(
            symbol="BTCUSDT",
            market=market,
            minute=MIDNIGHT + timedelta(minutes=number),
            **{f"pressure_{part}": 0.0 for part in parts},
            **{f"mid_{part}": mid for part in parts},
            spread_bps_mean=1.0,
            spread_bps_max=1.0,
            depth_mean=1.0,
            updates=1,
            seconds_not_live=0.0,
        )
        for market, number, mid in kept
    )


@pytest.mark.database
@pytest.mark.parametrize(
    ("asked", "market", "mids"),
    [
        ({}, (None, None), [1.0, 2.0, 2.0]),
        ({"venue": "binance"}, ("binance", "spot"), [2.0, 2.0]),
        ({"venue": "okx"}, ("okx", "spot"), [3.0, 3.0]),
        ({"form": "spot"}, ("binance", "spot"), [2.0, 2.0]),
    ],
)
def test_minutes_of_a_market_and_of_the_bare_symbol(
    client: Client,
    reader: StoreReader,
    minutes: None,
    asked: dict[str, str],
    market: tuple[str | None, str | None],
    mids: list[float],
):
    """Those of before belong to the bare symbol, until there are newer ones."""
    body = client.get(f"{API}/history/BTCUSDT", SPAN | asked).json()
    assert (body["symbol"], body["venue"], body["form"]) == ("BTCUSDT", *market)
    assert [row["mid_close"] for row in body["rows"]] == mids
    lines = client.get(f"{API}/history/BTCUSDT.csv", SPAN | asked).content.decode().splitlines()
    assert len(lines) == 1 + len(mids)


@pytest.mark.database
def test_the_minutes_of_the_bare_symbol_are_those_of_the_market_that_is_followed_now(
    client: Client, reader: StoreReader, publish: Publish, minutes: None
):
    publish(book("okx", 102.0, 103.0))
    assert [row["mid_close"] for row in client.get(f"{API}/history/BTCUSDT", SPAN).json()["rows"]] == [
        1.0,
        3.0,
        3.0,
    ]


@pytest.mark.database
def test_minutes_that_nobody_named_have_no_venue(client: Client, reader: StoreReader, minutes: None):
    MinuteRollup.objects.exclude(market="").delete()
    body = client.get(f"{API}/history/BTCUSDT", SPAN).json()
    assert (body["venue"], body["form"], len(body["rows"])) == (None, None, 2)
    assert client.get(f"{API}/history/BTCUSDT", SPAN | {"venue": "okx"}).status_code == 404


# -- All venues of one symbol ----------------------------------------------------------------


def test_all_markets_of_a_symbol_side_by_side(client: Client, venues: None, publish: Publish, clock: Clock):
    publish(book("kraken", 100.5, 100.9), book("okx", 10.0, 11.0, symbol="BTCUSDC"))
    clock.advance(1)
    body = client.get(f"{API}/venues/btcusdt").json()
    assert body["symbol"] == "BTCUSDT"
    told = [
        (each["market"], each["best_bid"], each["is_best_bid"], each["best_ask"], each["is_best_ask"])
        for each in body["markets"]
    ]
    assert told == [
        ("BTCUSDT@binance", 100.0, False, 101.0, False),
        ("BTCUSDT@kraken", 100.5, False, 100.9, True),
        ("BTCUSDT@okx", 102.0, True, 103.0, False),
        ("BTCUSDT@okx-usdm", 104.0, True, 105.0, True),
    ]
    assert [each["is_followed"] for each in body["markets"]] == [True, False, False, False]
    okx = body["markets"][2]
    assert (okx["state"], okx["age_ms"], okx["bid_notional"], okx["ask_notional"]) == (
        "live",
        1000,
        204.0,
        103.0,
    )
    assert body["same_coin"] == [
        {
            "symbol": "BTCUSDC",
            "venue": "okx",
            "form": "spot",
            "quote_asset": "USDC",
            "state": "live",
            "mid_price": 10.5,
        }
    ]
    widest = body["gaps"][0]
    assert (widest["buy_at"], widest["sell_at"], widest["form"]) == ("kraken", "okx", "spot")
    assert (
        widest["now_bps"] == widest["widest_bps"] == pytest.approx(10_000 * (102.0 - 100.9) / 100.9, abs=5e-5)
    )
    assert (widest["open_seconds"], widest["known_seconds"]) == (1.0, 1.0)
    assert len(body["gaps"]) == 6, "a contract is another thing than what it is on"


def test_there_is_no_gap_now_with_a_market_whose_book_has_one_side(
    client: Client, venues: None, publish: Publish, clock: Clock
):
    clock.advance(1)
    publish(spot_book("BTCUSDT", [(102.0, 1.0)], [], 2, source="okx-websocket"))
    (there, back) = (each for each in client.get(f"{API}/venues/BTCUSDT").json()["gaps"])
    assert (there["now_bps"], back["now_bps"]) == (None, None)
    assert there["widest_bps"] == pytest.approx(10_000 * (102.0 - 101.0) / 101.0, abs=5e-5)


def test_a_symbol_without_markets_is_not_tracked(client: Client, venues: None):
    assert client.get(f"{API}/venues/NOSUCH").status_code == 404


@pytest.fixture
def compared(reader: StoreReader, monkeypatch: pytest.MonkeyPatch) -> list[list[Any]]:
    """The markets whose quotes were read, time by time."""
    asked: list[list[Any]] = []
    quotes = reader.quotes

    def noted(markets: list[Any], since: float, until: float) -> Any:
        asked.append(markets)
        return quotes(markets, since, until)

    monkeypatch.setattr(reader, "quotes", noted)
    return asked


def gaps_now(client: Client) -> dict[tuple[str, str], float | None]:
    gaps = client.get(f"{API}/venues/BTCUSDT").json()["gaps"]
    return {(gap["buy_at"], gap["sell_at"]): gap["now_bps"] for gap in gaps}


def test_gaps_are_worked_out_once_a_second_for_rest_and_pages(
    client: Client, venues: None, clock: Clock, compared: list[list[Any]]
):
    first = client.get(f"{API}/venues/BTCUSDT").json()
    clock.advance(0.9)
    second = client.get(f"{API}/venues/BTCUSDT").json()
    assert client.get("/symbols/BTCUSDT/").status_code == 200
    assert len(compared) == 1
    assert (second["gaps"], second["gaps_since"]) == (first["gaps"], first["gaps_since"])
    assert second["markets"][0]["age_ms"] == 900, "all else is of now"
    clock.advance(0.1)
    assert client.get(f"{API}/venues/BTCUSDT").json()["gaps_since"] != first["gaps_since"]
    assert len(compared) == 2


def test_who_asks_while_gaps_are_worked_out_waits_for_them(
    reader: StoreReader, venues: None, compared: list[list[Any]]
):
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: venues_answer(reader, "BTCUSDT", 20), range(24)))
    assert len(compared) == 1
    assert all(answer == found[0] for answer in found)


def test_gaps_that_could_not_be_worked_out_are_the_next_time(
    client: Client, venues: None, reader: StoreReader, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(reader, "quotes", away)
        assert client.get(f"{API}/venues/BTCUSDT").status_code == 503
    assert len(gaps_now(client)) == 2


def test_of_gaps_that_were_kept_none_is_to_be_had_where_a_market_is_not_live_any_more(
    client: Client, venues: None, publish: Publish, clock: Clock
):
    assert set(gaps_now(client)) == {("binance", "okx"), ("okx", "binance")}
    assert None not in gaps_now(client).values()
    publish(spot_book("BTCUSDT", [(102.0, 1.0)], [], 2, source="okx-websocket"))
    assert set(gaps_now(client).values()) == {None}


def test_a_market_that_is_new_is_compared_at_once(client: Client, venues: None, publish: Publish):
    assert len(gaps_now(client)) == 2
    publish(book("kraken", 100.5, 100.9))
    assert len(gaps_now(client)) == 6


def test_of_many_markets_of_a_form_the_first_are_compared_and_all_are_shown(
    client: Client, reader: StoreReader, publish: Publish
):
    invented = [f"venue{number:02}" for number in range(20)]
    publish(*(book(venue, 100.0, 101.0) for venue in invented))
    publish(*(book(venue, 100.0, 101.0, form="usdm") for venue in invented[:10]))
    body = client.get(f"{API}/venues/BTCUSDT").json()
    assert len(body["markets"]) == 30
    for form in ("spot", "usdm"):
        shown = [market["venue"] for market in body["markets"] if market["form"] == form]
        gaps = [(gap["buy_at"], gap["sell_at"]) for gap in body["gaps"] if gap["form"] == form]
        assert sorted(gaps) == sorted(permutations(shown[:MOST_COMPARED], 2))


def test_no_more_symbols_are_read_than_are_shown(
    client: Client, venues: None, reader: StoreReader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reader, "markets", away)
    assert client.get(f"{API}/venues/BTCUSDT").status_code == 200
    assert client.get("/symbols/BTCUSDT/").status_code == 200


class Quote(NamedTuple):
    at: float
    bid: float
    ask: float


def held(quotes: list[Quote], at: float) -> Quote | None:
    """The newest that holds."""
    newest = [quote for quote in quotes if quote.at <= at < quote.at + 5]
    return newest[-1] if newest else None


def slow_gap(cheap: list[Quote], dear: list[Quote], now: float) -> dict[str, Any]:
    """From one change to the next, one after the other."""
    ends = [quote.at + 5 for quote in (*cheap, *dear)]
    changes = sorted({quote.at for quote in (*cheap, *dear)} | {end for end in ends if end < now})
    steps: list[float | None] = [None] * 180
    told: dict[str, Any] = {
        "now_bps": None,
        "widest_bps": None,
        "widest_at": None,
        "open_seconds": 0.0,
        "known_seconds": 0.0,
    }
    for at, until in zip(changes, [*changes[1:], now], strict=True):
        buy, sell = held(cheap, at), held(dear, at)
        told["now_bps"] = None
        if not (buy and sell):
            continue
        bps = 10_000 * (sell.bid - buy.ask) / buy.ask
        told["now_bps"] = bps
        if told["widest_bps"] is None or bps > told["widest_bps"]:
            told |= {"widest_bps": bps, "widest_at": at}
        told["known_seconds"] += until - at
        told["open_seconds"] += until - at if bps > 0 else 0
        for step, before in enumerate(steps):
            begins = now - 900 + 5 * step
            if begins <= at < begins + 5 or at < begins < until:
                steps[step] = bps if before is None else max(bps, before)
    return told | {"history": steps}


def close(numbers: Sequence[float | None]) -> list[Any]:
    return [None if number is None else pytest.approx(number, abs=6e-5) for number in numbers]


@pytest.mark.parametrize("seed", range(3))
def test_gaps_are_those_of_a_slow_calculation_from_the_same_books(
    client: Client, reader: StoreReader, publish: Publish, feed: Any, clock: Clock, seed: int
):
    """Three venues for ten minutes; each falls silent now and then."""
    chance = random.Random(seed)
    sent: dict[str, list[Quote]] = {"binance": [], "okx": [], "kraken": []}
    for number in range(150):
        clock.advance(chance.choice([0.13, 0.57, 1.31, 4.07, 11.03]))
        venue = chance.choice([*sent])
        bid = round(100 + chance.uniform(-0.2, 0.2), 4)
        ask = round(bid + chance.uniform(0.01, 0.2), 4)
        sent[venue].append(Quote(clock(), bid, ask))
        feed.process(book(venue, bid, ask, number + 1))
    clock.advance(chance.choice([0.5, 3.3]))
    publish()
    body = client.get(f"{API}/venues/BTCUSDT").json()
    gaps = {(gap["buy_at"], gap["sell_at"]): gap for gap in body["gaps"]}
    there = {market["venue"] for market in body["markets"]}
    assert gaps.keys() == set(permutations(there, 2))
    widest = [gap["widest_bps"] for gap in body["gaps"] if gap["widest_bps"] is not None]
    assert widest == sorted(widest, reverse=True)
    for (cheap, dear), gap in gaps.items():
        true = slow_gap(sent[cheap], sent[dear], clock())
        names = ("now_bps", "widest_bps")
        assert [gap[name] for name in names] == close([true[name] for name in names])
        assert gap["history"] == close(true["history"])
        assert (gap["open_seconds"], gap["known_seconds"]) == (
            pytest.approx(true["open_seconds"], abs=0.0501),
            pytest.approx(true["known_seconds"], abs=0.0501),
        )
        if true["widest_at"] is not None:
            told_at = datetime.fromisoformat(gap["widest_at"]).timestamp()
            assert told_at == pytest.approx(true["widest_at"], abs=0.001)

"""Markets as rows: names, states, quote assets, and the summary of all."""

from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metrics.answers.market import summary_body
from metrics.domain.market import (
    FORMS,
    IS_VENUE,
    STATES,
    Expiry,
    MarketId,
    MarketRow,
    live_mids,
    quote_asset,
    summarise,
)
from tests import oracle
from tests.factories import LEAST_SPREAD_BPS, START, market_row

NAMES = ("BTCUSDT", "ETHUSDT", "SOLUSDC", "ETHBTC", "BTC-EUR", "XRPBRL", "DOGEUSDT", "ADAUSDT", "MYSTERY")
EXPIRY = Expiry(stale_after=5.0, ttl=60.0)
MIDS = {"BTCUSDT": 60_000.0, "USDTBRL": 5.0}
DOLLARS = {"USDT": 1.0, "USDC": 1.0, "BTC": 60_000.0, "BRL": 0.2}
"""What their quote assets are worth, where that is known."""

numbers = st.floats(1e-6, 1e9)
spreads = st.just(0.0) | st.floats(LEAST_SPREAD_BPS, 1e4)


@st.composite
def rows(draw: st.DrawFn) -> list[MarketRow]:
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return [draw(row_of(symbol)) for symbol in chosen]


@st.composite
def row_of(draw: st.DrawFn, symbol: str) -> MarketRow:
    book = draw(st.sampled_from(["live", "one_sided", "crossed"]))
    known = book != "one_sided"
    return market_row(
        symbol=symbol,
        received_at=START - draw(st.sampled_from([0.0, 1.0, 5.0, 5.001, 59.0])),
        book=book,
        imbalance_ratio=draw(st.floats(-1, 1)) if known else None,
        spread_bps=draw(spreads) if known else None,
        mid_price=draw(numbers) if known else None,
        total_liquidity=draw(numbers),
        notional=draw(numbers),
        cost_bps=draw(st.none() | spreads) if known else None,
        cost_at_least_bps_10s=draw(st.none() | spreads) if known else None,
        known_to_bps=draw(spreads) if known else None,
        usd_per_quote=draw(st.none() | numbers) if known else None,
    )


def exact_mean(values: list[float]) -> Decimal | None:
    return sum(map(Decimal, values), Decimal(0)) / len(values) if values else None


@given(market=rows())
@example(
    market=[
        market_row(symbol="BTCUSDT", spread_bps=LEAST_SPREAD_BPS),
        market_row(symbol="ETHUSDT", spread_bps=0.0),
    ],
)
def test_summary__any_market__equals_exact_decimals(market: list[MarketRow]):
    body: Any = summary_body(summarise(market, EXPIRY, START, MIDS.get), START)
    age = {row.symbol: START - row.received_at for row in market}
    live = [row for row in market if row.book == "live" and age[row.symbol] <= 5]
    ratios = [row.imbalance_ratio for row in live if row.imbalance_ratio is not None]
    spreads = [row.spread_bps for row in live if row.spread_bps is not None]
    mean, spread = exact_mean(ratios), exact_mean(spreads)
    mood, liquidity = body["market_sentiment"], body["liquidity"]

    assert body["symbols_tracked"] == len(market)
    excluded = Counter("stale" if age[row.symbol] > 5 else row.book for row in market if row not in live)
    assert body["symbols_excluded"] == excluded
    assert oracle.same(mood["avg_net_pressure"], None if mean is None else 100 * mean, oracle.rounding(2))
    assert oracle.same(mood["avg_imbalance_ratio"], mean, oracle.rounding(3))
    assert oracle.same(liquidity["avg_spread_bps"], spread, oracle.price_ratio(spread or Decimal(0)))
    means = [oracle.interpretation(100 * Decimal(ratio)) for ratio in ratios]
    # 100 times a ratio may round onto the threshold, so the three classes only have to make a whole.
    classes = (mood["bullish_symbols"], mood["bearish_symbols"], mood["neutral_symbols"])
    assert sum(classes) == len(live)
    if not any(abs(abs(ratio) - 0.2) < 1e-12 for ratio in ratios):
        assert classes == tuple(map(means.count, ("bullish", "bearish", "neutral")))
    total = sum((Decimal(row.total_liquidity or 0) for row in live), Decimal(0))
    assert oracle.same(liquidity["total_liquidity"], total, oracle.digits(total))


@given(market=rows())
def test_summary__notional__is_added_per_quote_asset(market: list[MarketRow]):
    summary = summarise(market, EXPIRY, START, MIDS.get)
    live = [row for row in market if EXPIRY.state(row, START) == "live"]
    assert set(summary.total_notional) == {quote_asset(row.symbol) for row in live}
    assert sum(summary.total_notional.values()) == pytest.approx(sum(row.notional or 0.0 for row in live))


@given(market=rows())
def test_summary__in_dollars__is_of_what_can_be_put_into_them(market: list[MarketRow]):
    summary = summarise(market, EXPIRY, START, MIDS.get)
    live = [row for row in market if EXPIRY.state(row, START) == "live"]
    known = [row for row in live if quote_asset(row.symbol) in DOLLARS]
    dollars = sum(DOLLARS[quote_asset(row.symbol)] * (row.notional or 0.0) for row in known)
    assert summary.total_usd == pytest.approx(dollars)
    assert summary.not_in_usd == len(live) - len(known)


@given(market=rows())
def test_summary__median_cost__is_of_those_that_hold_the_size(market: list[MarketRow]):
    summary = summarise(market, EXPIRY, START, MIDS.get)
    live = [row for row in market if EXPIRY.state(row, START) == "live"]
    costs = sorted(row.cost_bps for row in live if row.cost_bps is not None)
    middle = costs[(len(costs) - 1) // 2 : len(costs) // 2 + 1]
    assert summary.median_cost_bps == (sum(middle) / len(middle) if middle else None)


@given(market=rows())
def test_summary__the_worst_are_those_where_the_size_costs_most_at_least(market: list[MarketRow]):
    worst = summarise(market, EXPIRY, START, MIDS.get).worst_liquidity
    live = [row.cost_at_least_bps_10s for row in market if EXPIRY.state(row, START) == "live"]
    dear = sorted((cost for cost in live if cost is not None), reverse=True)
    assert [row.cost_at_least_bps_10s for row in worst] == dear[:5]


@pytest.mark.parametrize(
    ("row", "mid"),
    [
        ({}, 100.25),
        ({"received_at": START - 6}, None),
        ({"book": "crossed"}, None),
        ({"mid_price": None}, None),
    ],
)
def test_only_a_live_market_tells_what_an_asset_is_worth(row: dict[str, Any], mid: float | None):
    """And only the followed one of its symbol."""
    other = market_row(market="okx/spot", mid_price=90.0)
    mids = live_mids({"BTCUSDT": [market_row(**row), other]}, EXPIRY, START)
    assert (mids("BTCUSDT"), mids("ETHUSDT")) == (mid, None)


@given(market=rows())
def test_summary__rankings__strongest_first_and_on_their_own_side(market: list[MarketRow]):
    summary = summarise(market, EXPIRY, START, MIDS.get)
    live = sorted(
        row.net_pressure
        for row in market
        if EXPIRY.state(row, START) == "live" and row.net_pressure is not None
    )
    assert [row.net_pressure for row in summary.highest_sell_pressure] == [p for p in live[:5] if p < 0]
    assert [row.net_pressure for row in summary.highest_buy_pressure] == [p for p in live[:-6:-1] if p > 0]


def test_summary__nothing_live__averages_are_unknown():
    summary = summarise([market_row(received_at=START - 6)], EXPIRY, START, MIDS.get)
    assert summary.symbols_excluded == {"stale": 1}
    assert summary.avg_net_pressure is None
    assert summary.avg_spread_bps is None


@pytest.mark.parametrize(
    ("symbol", "quote"),
    [
        ("BTCUSDT", "USDT"),
        ("ETHBTC", "BTC"),
        ("BTCFDUSD", "FDUSD"),
        ("BTCTUSD", "TUSD"),
        ("AXSBNB", "BNB"),
        ("BTC-USD", "USD"),
        ("ETH_CHF", "CHF"),
        ("BTCUSDT_240927", "USDT"),
        ("BTCUSD_PERP", "USD"),
        ("币安人生USDT", "USDT"),
        ("비트코인KRW", "KRW"),
        ("BTC-", "other"),
        ("USDT", "other"),
        ("MYSTERY", "other"),
    ],
)
def test_quote_asset(symbol: str, quote: str):
    assert quote_asset(symbol) == quote


@pytest.mark.parametrize("book", ["live", "one_sided", "crossed"])
def test_state__five_seconds_of_silence__stale(book: str):
    row = market_row(book=book)
    assert [EXPIRY.state(row, START + age) for age in (0, 5.0, 5.001)] == [book, book, "stale"]
    assert book in STATES


def test_expired__after_the_time_to_live():
    assert [EXPIRY.is_expired(market_row(), START + age) for age in (60.0, 60.001)] == [False, True]


@pytest.mark.parametrize(
    ("market", "name"),
    [
        ("binance/spot", "BTCUSDT@binance"),
        ("binance/usdm", "BTCUSDT@binance-usdm"),
        ("a_b-2/spot", "BTCUSDT@a_b-2"),
    ],
)
def test_market__goes_by_symbol_venue_and_form(market: str, name: str):
    of = MarketId("BTCUSDT", market)
    assert of.name == name
    assert f"{of.venue}/{of.form}" == market
    assert market_row(market=market).id == of


@pytest.mark.parametrize("venue", ["binance", "0x", "a" * 32, "a_b-c", "okx"])
def test_venue__names_that_are_one(venue: str):
    assert IS_VENUE(venue)
    for form in FORMS:
        row = market_row(market=f"{venue}/{form}")
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(row), type=MarketRow) == row


@pytest.mark.parametrize(
    "market",
    ["", "/spot", "binance", "binance/", "binance/swap", "Binance/spot", "-a/spot", "_a/spot", "a b/spot", "a/b/spot",
     "binance/spot\n", "\nbinance/spot", "b\u00efnance/spot", "a" * 33 + "/spot", "*/spot", "a@b/spot"],
)  # fmt: skip
def test_market__names_that_are_none_are_not_believed(market: str):
    assert not IS_VENUE(market.partition("/")[0]) or market.partition("/")[2] not in FORMS
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode(market_row(market=market)), type=MarketRow)

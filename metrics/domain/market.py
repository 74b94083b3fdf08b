"""The market as rows: one small record a symbol, and what all of them say together."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from operator import itemgetter
from statistics import fmean, median
from typing import Annotated, NamedTuple

import msgspec

from metrics.domain.bounds import Moment, Ratio, Real, Symbol
from metrics.domain.depth import interpret
from metrics.domain.liquidity.dollars import Mid, dollars_per
from metrics.domain.reasons import SILENT

LIVE, STALE, ONE_SIDED, CROSSED, SUSPECT = "live", "stale", "one_sided", "crossed", "suspect"
WARMING, GAP = "warming", "gap"
STATES = (LIVE, STALE, ONE_SIDED, CROSSED, SUSPECT, WARMING, GAP)
BLANK = frozenset({SUSPECT, WARMING, GAP})
"""States in which no number of a book is shown."""
Book = Annotated[str, msgspec.Meta(pattern=rf"\A({LIVE}|{ONE_SIDED}|{CROSSED}|{SUSPECT}|{WARMING}|{GAP})\Z")]
TRENDS = ("bullish", "bearish", "neutral")
Trend = Annotated[str, msgspec.Meta(pattern=rf"\A({'|'.join(TRENDS)})\Z")]
ReasonName = Annotated[str, msgspec.Meta(max_length=40)]
"""Empty where there is none."""
QUOTE_ASSETS = (
    "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USDP", "DAI", "USD", "EUR", "GBP", "TRY", "BRL", "AUD", "JPY", "KRW",
    "BTC", "ETH", "BNB",
)  # fmt: skip
UNKNOWN_QUOTE = "other"
CONTRACT = re.compile(r"[-_.](\d+|PERP)$")


SPOT, USDM = "spot", "usdm"
"""The forms of a market: what is traded there, and contracts on it."""
FORMS = (SPOT, USDM)
MOST_MARKETS = 32
"""Of one symbol: names of venues are what a stranger says."""
CONTRACTS = "-usdm"
"""Behind the name of a venue: its contracts are meant."""
VENUE = rf"[a-z0-9][a-z0-9_-]{{0,31}}(?<!{CONTRACTS})"
"""No name of a venue ends as those of contracts do: no two markets go by one name."""
IS_VENUE = re.compile(VENUE).fullmatch
IS_MARKET = re.compile(rf"{VENUE}/({SPOT}|{USDM})").fullmatch
Market = Annotated[str, msgspec.Meta(pattern=rf"\A{VENUE}/({SPOT}|{USDM})\Z")]
"""Venue and form: "binance/spot"."""
MarketOrNone = Annotated[str, msgspec.Meta(pattern=rf"\A({VENUE}/({SPOT}|{USDM}))?\Z")]
"""The same, or empty where it is not known."""


def place_name(venue: str, form: str) -> str:
    """A venue as subjects name it: `binance`, or `binance-usdm` where its contracts are meant."""
    return venue + (CONTRACTS if form == USDM else "")


class MarketId(NamedTuple):
    """A symbol, and the venue and form where it is traded: two markets of one symbol never mix."""

    symbol: str
    market: str

    @property
    def venue(self) -> str:
        """The exchange."""
        return self.market.partition("/")[0]

    @property
    def form(self) -> str:
        """One of FORMS."""
        return self.market.partition("/")[2]

    @property
    def name(self) -> str:
        """As keys and lists name it: `BTCUSDT@binance-usdm`."""
        return f"{self.symbol}@{place_name(self.venue, self.form)}"


class MarketRow(msgspec.Struct, frozen=True, array_like=True):
    """The newest state of one market. Times are seconds since the epoch; None is unknown.

    `book` is what the newest message said of the book (live, one_sided, crossed, suspect, warming, gap); whether the
    row is stale depends on when it is read. `reason` is why the newest message did not become numbers, empty where it
    did. A suspect book has no numbers, nor has one that is kept whole and is not (warming, gap). `spread_bps_10s` is
    the median of the spreads that were published in the ten seconds up to the newest, which says how wide a market is
    where single spreads jump about. `known_to_bps`, `cost_bps` and `depth_usd` are the liquidity near the mid price
    and `usd_per_quote` is how many US dollars one of the quote asset is (`metrics.domain.liquidity.summary`);
    `cost_bps_10s` and `depth_usd_10s` are medians of those known in the same ten seconds, None where the newest is not,
    and there `cost_at_least_bps_10s` is the median of what the size costs at least; else it is the cost.
    """

    symbol: Symbol
    market: Market
    received_at: Moment
    event_time: Moment | None
    book: Book
    imbalance_ratio: Ratio | None
    spread_bps: Real | None
    mid_price: Real | None
    total_liquidity: Real | None
    notional: Real | None
    trend: Trend
    trend_strength: Real
    reason: ReasonName = ""
    spread_bps_10s: Real | None = None
    known_to_bps: Real | None = None
    cost_bps: Real | None = None
    depth_usd: Real | None = None
    cost_bps_10s: Real | None = None
    depth_usd_10s: Real | None = None
    usd_per_quote: Real | None = None
    cost_at_least_bps_10s: Real | None = None

    @property
    def id(self) -> MarketId:
        """Which market it is."""
        return MarketId(self.symbol, self.market)

    @property
    def net_pressure(self) -> float | None:
        """In [-100, 100]; the imbalance in another dress."""
        return None if self.imbalance_ratio is None else 100 * self.imbalance_ratio


class Expiry(msgspec.Struct, frozen=True):
    """When a book counts as stale and when it is forgotten, in seconds without an update."""

    stale_after: float = 5.0
    ttl: float = 60.0

    def state(self, row: MarketRow, now: float) -> str:
        """State of the book as it is to be shown at `now`."""
        return book_state(row.book, now - row.received_at, self.stale_after)

    def is_expired(self, row: MarketRow, now: float) -> bool:
        """Too old to be shown at all."""
        return now - row.received_at > self.ttl


def book_state(book: str, age: float, stale_after: float) -> str:
    """`book` while it is fresh, else stale; what is blank stays so."""
    return STALE if age > stale_after and book not in BLANK else book


def why_not_live(state: str, reason: str) -> str | None:
    """Why a book in this state is not live: the name of a reason, None where it is live."""
    if state == LIVE:
        return None
    return reason or (SILENT if state == STALE else state)


def pair_of(symbol: str) -> str:
    """Without the delivery date or the PERP at the end, which name a contract: BTCUSDT_240927 is one on BTCUSDT."""
    return CONTRACT.sub("", symbol)


@lru_cache(maxsize=20_000)
def quote_asset(symbol: str) -> str:
    """The asset prices are in (BTCUSDT: USDT), "other" where the name does not tell."""
    pair = pair_of(symbol)
    for separator in "-_.":
        if separator in pair:
            return pair.rsplit(separator, 1)[1] or UNKNOWN_QUOTE
    return next((quote for quote in QUOTE_ASSETS if pair.endswith(quote) and pair != quote), UNKNOWN_QUOTE)


def named_quote(symbol: str) -> str | None:
    """The asset prices are in, None where the name does not tell."""
    asset = quote_asset(symbol)
    return None if asset == UNKNOWN_QUOTE else asset


def dollars_of(symbol: str, mid: Mid) -> float | None:
    """How many US dollars one of the quote asset of a symbol is; None while no market tells, or its name does not."""
    asset = named_quote(symbol)
    return None if asset is None else dollars_per(asset, mid)


def live_mids(markets: Mapping[str, Sequence[MarketRow]], expiry: Expiry, now: float) -> Mid:
    """The mid price of the followed market of a symbol, None where that is not live.

    `markets` are the rows of symbols, of the followed market first.
    """

    def mid(symbol: str) -> float | None:
        followed = next(iter(markets.get(symbol, ())), None)
        return followed.mid_price if followed and expiry.state(followed, now) == LIVE else None

    return mid


class MarketSummary(msgspec.Struct, frozen=True):
    """All live books together, unrounded. Averages are None where no book is live.

    `total_usd` is the notional of those whose quote asset can be put into US dollars, `not_in_usd` how many the others
    are. `median_cost_bps` is of the rows that have a `cost_bps`, `worst_liquidity` by what the size
    costs at least.
    """

    symbols_tracked: int
    symbols_excluded: dict[str, int]
    bullish_symbols: int
    bearish_symbols: int
    neutral_symbols: int
    avg_net_pressure: float | None
    avg_imbalance_ratio: float | None
    avg_spread_bps: float | None
    total_liquidity: float
    total_notional: dict[str, float]
    total_usd: float
    not_in_usd: int
    median_cost_bps: float | None
    worst_liquidity: list[MarketRow]
    highest_buy_pressure: list[MarketRow]
    highest_sell_pressure: list[MarketRow]


TOP_SYMBOLS = 5


def summarise(rows: Iterable[MarketRow], expiry: Expiry, now: float, mid: Mid) -> MarketSummary:
    """Summary of unexpired `rows`; only live books enter averages, sums and rankings. `mid` puts them into dollars."""
    live: list[MarketRow] = []
    excluded: dict[str, int] = {}
    for row in rows:
        state = expiry.state(row, now)
        if state == LIVE:
            live.append(row)
        else:
            excluded[state] = excluded.get(state, 0) + 1
    ratios = [row.imbalance_ratio for row in live if row.imbalance_ratio is not None]
    spreads = [row.spread_bps for row in live if row.spread_bps is not None]
    mood = [interpret(100 * ratio) for ratio in ratios]
    notional: dict[str, float] = {}
    for row in live:
        quote = quote_asset(row.symbol)
        notional[quote] = notional.get(quote, 0.0) + (row.notional or 0.0)
    dollars = {quote: dollars_per(quote, mid) for quote in notional}
    quotes = Counter(quote_asset(row.symbol) for row in live)
    costs = [row.cost_bps for row in live if row.cost_bps is not None]
    ranked = [(dear, row) for row in live if (dear := row.cost_at_least_bps_10s) is not None]
    by_pressure = sorted(live, key=pressure_of, reverse=True)
    return MarketSummary(
        symbols_tracked=len(live) + sum(excluded.values()),
        symbols_excluded=excluded,
        bullish_symbols=mood.count("bullish"),
        bearish_symbols=mood.count("bearish"),
        neutral_symbols=mood.count("neutral"),
        avg_net_pressure=100 * fmean(ratios) if ratios else None,
        avg_imbalance_ratio=fmean(ratios) if ratios else None,
        avg_spread_bps=fmean(spreads) if spreads else None,
        total_liquidity=sum(row.total_liquidity or 0.0 for row in live),
        total_notional=notional,
        total_usd=sum(notional[quote] * price for quote, price in dollars.items() if price is not None),
        not_in_usd=sum(quotes[quote] for quote, price in dollars.items() if price is None),
        median_cost_bps=median(costs) if costs else None,
        worst_liquidity=[row for _, row in nlargest(TOP_SYMBOLS, ranked, key=itemgetter(0))],
        highest_buy_pressure=[row for row in by_pressure[:TOP_SYMBOLS] if pressure_of(row) > 0],
        highest_sell_pressure=[row for row in by_pressure[: -TOP_SYMBOLS - 1 : -1] if pressure_of(row) < 0],
    )


def pressure_of(row: MarketRow) -> float:
    """Of a row that has one; a row without cannot be ranked."""
    return row.net_pressure or 0.0

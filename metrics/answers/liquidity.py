"""What one order book says about trading in it."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from metrics.answers.book import head_of
from metrics.answers.liquidity_shapes import (
    CostOfSize,
    FlowOfSpan,
    LiquidityBand,
    LiquidityNow,
    ResilienceOfBand,
    SideOfBand,
    TradesOfSpan,
    WayOfTrade,
)
from metrics.answers.rounding import (
    mean_price_ratio,
    price,
    price_ratio,
    quotient,
    rounded,
    timestamp,
)
from metrics.domain import rounding
from metrics.domain.analyzer import StoredBook
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.liquidity.bands import Band, Depth, bands
from metrics.domain.liquidity.cost import Cost, TradeCost, costs
from metrics.domain.liquidity.dollars import priced_by
from metrics.domain.liquidity.flow import SPANS, Flow
from metrics.domain.liquidity.known import KnownBook
from metrics.domain.liquidity.resilience import Resilience
from metrics.domain.liquidity.trades import TradeSpan
from metrics.domain.market import (
    BLANK,
    Expiry,
    dollars_of,
    live_mids,
    named_quote,
)
from metrics.domain.rounding import digits_of
from metrics.marks import UNMARKED, Mark, current
from metrics.store.reader import Known, StoreReader

T = TypeVar("T")
Asked = Sequence[float]
"""Sizes in US dollars, or widths of bands in basis points."""


def liquidity_answer(
    reader: StoreReader, symbol: str, sizes: Asked, widths: Asked, choice: Choice = FOLLOWED
) -> LiquidityNow | None:
    """GET /metrics/liquidity/{symbol}; None where nothing current is known."""
    book = reader.book(symbol, choice)
    if book is None:
        return None
    dollars, now = dollars_per_quote(reader, symbol), reader.clock()
    known = reader.known([book]).get(book.id)
    return book_answer(book, known, dollars, sizes, widths, reader.expiry, now, current().of(symbol))


def dollars_per_quote(reader: StoreReader, symbol: str) -> float | None:
    """What one of the quote asset is in US dollars: a round trip, none where it is one or its name is not known."""
    asset = named_quote(symbol)
    markets = {} if asset is None else reader.markets_of_each([*priced_by(asset)])
    return dollars_of(symbol, live_mids(markets, reader.expiry, reader.clock()))


def book_answer(
    book: StoredBook,
    known: Known | None,
    dollars: float | None,
    sizes: Asked,
    widths: Asked,
    expiry: Expiry,
    now: float,
    mark: Mark = UNMARKED,
) -> LiquidityNow:
    """Liquidity of one stored book, of which so much is known, as it is to be shown at `now`.

    One of its quote asset is so many dollars.
    """
    head = head_of(book, expiry, now, mark)
    found = known and known.book
    bid, ask = found.known_to_bps if found else (None, None)
    shown = shown_flow(book, head["state"])
    return {
        **head,
        "quote_asset": named_quote(book.symbol),
        "known_at": timestamp(known.received_at) if known else None,
        "mid_price": price(found.mid) if found else None,
        "usd_per_quote": quotient(dollars),
        "known_to_bps": {"bid": price_ratio(bid), "ask": price_ratio(ask)},
        "bands": [_band(band, dollars) for band in _bands(found, widths)],
        "costs": _costs(found, dollars, sizes),
        "flow": [_flow(seconds, shown.of(seconds), _quantity(book)) for seconds in SPANS],
        "trades": [_trades(seconds, shown.trades_of(seconds), _price_digits(book)) for seconds in SPANS],
        "resilience": _resilience(shown.resilience),
    }


# -- Bands -----------------------------------------------------------------------------------


def _bands(book: KnownBook | None, widths: Asked) -> list[Band]:
    return bands(book, widths) if book else [Band(bps, None, None) for bps in widths]


def _band(band: Band, dollars: float | None) -> LiquidityBand:
    return {
        "bps": band.bps,
        "bid": _side(band.bid, dollars),
        "ask": _side(band.ask, dollars),
        "imbalance": rounded(band.imbalance, 4),
    }


def _side(depth: Depth | None, dollars: float | None) -> SideOfBand | None:
    if depth is None:
        return None
    return {
        "quantity": rounding.quotient(depth.quantity),
        "notional": rounding.quotient(depth.notional),
        "usd": None if dollars is None else rounding.quotient(depth.notional * dollars),
    }


# -- Costs -----------------------------------------------------------------------------------


def _costs(book: KnownBook | None, dollars: float | None, sizes: Asked) -> list[CostOfSize]:
    """Of sizes in dollars, which are traded in the quote asset."""
    if dollars is None:
        return [{"size_usd": size, "notional": None, "buy": None, "sell": None} for size in sizes]
    notionals = [size / dollars for size in sizes]
    found = costs(book, notionals) if book else [TradeCost(notional, None, None) for notional in notionals]
    return [
        {
            "size_usd": size,
            "notional": rounding.quotient(cost.notional),
            "buy": _way(cost.buy, book and book.asks.best),
            "sell": _way(cost.sell, book and book.bids.best),
        }
        for size, cost in zip(sizes, found, strict=True)
    ]


def _way(cost: Cost | None, best: float | None) -> WayOfTrade | None:
    """The average has the digits of the prices it lies between."""
    if cost is None or best is None:
        return None
    return {
        "average_price": rounding.quotient(
            cost.average_price, max(digits_of(best), digits_of(cost.worst_price))
        ),
        "worst_price": cost.worst_price,
        "bps": rounding.price_ratio(cost.bps),
        "bps_of_best": rounding.price_ratio(cost.bps_of_best),
    }


# -- Flow and trades -------------------------------------------------------------------------


class ShownFlow(NamedTuple):
    """What flowed and was traded, as far as that is shown."""

    flows: Sequence[Flow]
    spans: Sequence[TradeSpan]
    resilience: Resilience | None = None

    def of(self, seconds: int) -> Flow | None:
        """The flow of one of SPANS."""
        return _at(self.flows, SPANS.index(seconds))

    def trades_of(self, seconds: int) -> TradeSpan | None:
        """The trades of one of SPANS."""
        return _at(self.spans, SPANS.index(seconds))


NO_FLOW = ShownFlow([], [])


def shown_flow(book: StoredBook, state: str) -> ShownFlow:
    """Nothing in states that show no numbers."""
    has_levels = book.ladder.bids or book.ladder.asks
    return (
        ShownFlow(book.flow, book.trades, book.resilience) if has_levels and state not in BLANK else NO_FLOW
    )


def _at(values: Sequence[T], place: int) -> T | None:
    return values[place] if place < len(values) else None


def _flow(seconds: int, flow: Flow | None, held: float) -> FlowOfSpan:
    """What flowed may cancel: it is as exact as what the book holds."""
    return {
        "seconds": seconds,
        "ofi": None if flow is None else rounding.balance(flow.ofi, held),
        "ofi_5": None if flow is None else rounding.balance(flow.ofi_5, held),
        "normalised": None if flow is None else rounding.rounded(flow.normalised, 4),
    }


def _trades(seconds: int, span: TradeSpan | None, price_digits: int) -> TradesOfSpan:
    return {
        "seconds": seconds,
        "count": span.number if span else None,
        "bought": quotient(span.bought) if span else None,
        "sold": quotient(span.sold) if span else None,
        "imbalance": rounded(span.imbalance, 4) if span else None,
        "vwap": quotient(span.vwap, price_digits) if span else None,
        "effective_spread_bps": mean_price_ratio(span.effective_spread_bps) if span else None,
        "realised_spread_bps": mean_price_ratio(span.realised_spread_bps) if span else None,
        "impact_bps": mean_price_ratio(span.impact_bps) if span else None,
    }


def _resilience(found: Resilience | None) -> ResilienceOfBand:
    return {
        "shocks": found.shocks if found else None,
        "median_seconds": rounded(found.median_seconds, 2) if found else None,
    }


def _quantity(book: StoredBook) -> float:
    return sum(quantity for side in (book.ladder.bids, book.ladder.asks) for _, quantity in side)


def _price_digits(book: StoredBook) -> int:
    prices = (price for side in (book.ladder.bids, book.ladder.asks) for price, _ in side)
    return max(map(digits_of, prices), default=0)

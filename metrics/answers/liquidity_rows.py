"""What all order books say about trading in them: a row of each."""

from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple, TypedDict

from cachetools import LRUCache

from metrics.answers.liquidity import NO_FLOW, shown_flow
from metrics.answers.liquidity_shapes import LiquidityRow
from metrics.answers.rounding import (
    age_ms,
    mean_price_ratio,
    price,
    price_ratio,
    quotient,
    rounded,
    timestamp,
)
from metrics.domain.analyzer import StoredBook
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.liquidity.asked import as_text
from metrics.domain.liquidity.bands import Band, bands
from metrics.domain.liquidity.cost import costs
from metrics.domain.liquidity.known import KnownBook
from metrics.domain.market import (
    Expiry,
    MarketId,
    MarketRow,
    dollars_of,
    live_mids,
    named_quote,
    why_not_live,
)
from metrics.domain.rounding import balance
from metrics.marks import Mark, current
from metrics.store.reader import StoreReader

MOST_KEPT = 4_000
"""Markets whose rows are kept: some kilobytes each, with the levels that they are of."""
TEN_SECONDS, MINUTE = 10, 60
"""Which of SPANS rows have."""
NUMBERS = (
    "mid_price",
    "spread_bps",
    "known_to_bps",
    "imbalance",
    "ofi_10s",
    "ofi_10s_normalised",
    "traded_usd_60s",
    "trade_imbalance_60s",
    "effective_spread_bps_60s",
)
"""Columns of rows that hold a number."""


class InList(NamedTuple):
    """Which sizes, in US dollars, and bands, in basis points, rows have; the imbalance is that of one more band."""

    sizes: tuple[float, ...]
    widths: tuple[float, ...]
    row_band: float

    @property
    def columns(self) -> tuple[str, ...]:
        """What rows can be ordered by: their symbols and all of their numbers."""
        costs = (f"cost_bps_{as_text(size)}" for size in self.sizes)
        depths = (f"depth_usd_{as_text(bps)}" for bps in self.widths)
        return ("symbol", *NUMBERS, *costs, *depths)


class Figures(TypedDict):
    """What a row has of the levels of its book."""

    known_to_bps: float | None
    cost_bps: dict[str, float | None]
    depth_usd: dict[str, float | None]
    imbalance: float | None


def number_of(row: LiquidityRow, column: str) -> float | None:
    """What a row has in one of the columns that hold a number."""
    numbers: dict[str, Any] = {**row}
    for name in ("cost_bps", "depth_usd"):
        if column.startswith(f"{name}_"):
            numbers, column = numbers[name], column.removeprefix(f"{name}_")
    number: float | None = numbers[column]
    return number


def liquidity_rows_answer(
    reader: StoreReader, in_list: InList, choice: Choice = FOLLOWED
) -> dict[str, LiquidityRow]:
    """The row of every market that is chosen, by the name it goes by: two round trips, and one more where whole books
    have changed since anybody asked."""
    markets = reader.markets()
    rows, now, marks = choice.among(markets), reader.clock(), current()
    books = reader.books([row.id for row in rows.values()])
    mid = live_mids(markets, reader.expiry, now)
    lasting = _lasting(
        reader,
        [Basis(row, books.get(row.id), dollars_of(row.symbol, mid), in_list) for row in rows.values()],
    )
    return {
        name: _as_of_now(lasting[row.id], row, reader.expiry, now, marks.of(row.symbol))
        for name, row in rows.items()
    }


def _as_of_now(lasting: LiquidityRow, row: MarketRow, expiry: Expiry, now: float, mark: Mark) -> LiquidityRow:
    state = expiry.state(row, now)
    return {
        **lasting,
        "state": state,
        "reason": why_not_live(state, row.reason),
        "age_ms": age_ms(row.received_at, now),
        "halted": mark.halted,
    }


# -- What does not change while a market does not --------------------------------------------


class Basis(NamedTuple):
    """All that a row follows from but for the time: one of the quote asset is so many dollars."""

    row: MarketRow
    book: StoredBook | None
    dollars: float | None
    in_list: InList

    @property
    def levels(self) -> tuple[object, ...]:
        """All that its figures follow from: of a book that is kept whole it is one a second."""
        book = self.book
        if book is None or book.whole_at is not None:
            return book and book.whole_at, self.dollars, self.in_list
        return book.received_at, book.update_id, book.ladder, self.dollars, self.in_list


class Kept(NamedTuple):
    """What was worked out of a market last."""

    basis: Basis
    figures: Figures
    row: LiquidityRow


_kept = LRUCache[MarketId, Kept](MOST_KEPT)
_keeping = Lock()


def _lasting(reader: StoreReader, bases: Sequence[Basis]) -> dict[MarketId, LiquidityRow]:
    """Each worked out once for each row, and its figures once for each book, whoever asks; as if it had just come."""
    with _keeping:
        kept = {basis.row.id: _kept.get(basis.row.id) for basis in bases}
    figures = {
        basis.row.id: before.figures
        for basis in bases
        if (before := kept[basis.row.id]) and before.basis.levels == basis.levels
    }
    known = reader.known(basis.book for basis in bases if basis.book and basis.row.id not in figures)
    worked_out = {}
    for basis in bases:
        market, before = basis.row.id, kept[basis.row.id]
        if before and before.basis == basis:
            worked_out[market] = before
            continue
        if market not in figures:
            found = known.get(market)
            figures[market] = _figures(found and found.book, basis.dollars, basis.in_list)
        worked_out[market] = Kept(basis, figures[market], _row(basis, figures[market]))
    with _keeping:
        _kept.update(worked_out)
    return {market: now.row for market, now in worked_out.items()}


def _row(basis: Basis, figures: Figures) -> LiquidityRow:
    row, book, dollars, _ = basis
    shown = shown_flow(book, row.book) if book else NO_FLOW
    flow, trades = shown.of(TEN_SECONDS), shown.trades_of(MINUTE)
    traded = None if trades is None or dollars is None else (trades.bought + trades.sold) * dollars
    return {
        "timestamp": timestamp(row.received_at),
        "state": row.book,
        "reason": None,
        "age_ms": 0,
        "halted": False,
        "symbol": row.symbol,
        "venue": row.id.venue,
        "form": row.id.form,
        "quote_asset": named_quote(row.symbol),
        "mid_price": price(row.mid_price),
        "spread_bps": price_ratio(row.spread_bps),
        **figures,
        "ofi_10s": balance(flow.ofi, row.total_liquidity) if flow and row.total_liquidity else None,
        "ofi_10s_normalised": None if flow is None else rounded(flow.normalised, 4),
        "traded_usd_60s": quotient(traded),
        "trade_imbalance_60s": rounded(trades.imbalance, 4) if trades else None,
        "effective_spread_bps_60s": mean_price_ratio(trades.effective_spread_bps) if trades else None,
    }


def _figures(book: KnownBook | None, dollars: float | None, in_list: InList) -> Figures:
    sizes, widths = ([as_text(number) for number in numbers] for numbers in in_list[:2])
    if book is None:
        return {
            "known_to_bps": None,
            "cost_bps": dict.fromkeys(sizes),
            "depth_usd": dict.fromkeys(widths),
            "imbalance": None,
        }
    *near, row_band = bands(book, [*in_list.widths, in_list.row_band])
    dear = [] if dollars is None else costs(book, [size / dollars for size in in_list.sizes])
    return {
        "known_to_bps": price_ratio(min(book.known_to_bps)),
        "cost_bps": dict.fromkeys(sizes)
        | {size: price_ratio(cost.worse_bps) for size, cost in zip(sizes, dear, strict=False)},
        "depth_usd": {bps: quotient(_usd(band, dollars)) for bps, band in zip(widths, near, strict=True)},
        "imbalance": rounded(row_band.imbalance, 4),
    }


def _usd(band: Band, dollars: float | None) -> float | None:
    if dollars is None or band.bid is None or band.ask is None:
        return None
    return (band.bid.notional + band.ask.notional) * dollars

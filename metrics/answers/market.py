"""What all symbols say together: a row of each, and their summary."""

from collections.abc import Mapping

from metrics.answers.rounding import age_ms, price, price_ratio, quotient, rounded, timestamp
from metrics.answers.shapes import MetricsRow, Ranked, Summary, WorstLiquidity
from metrics.domain import rounding
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.market import (
    Expiry,
    MarketRow,
    MarketSummary,
    live_mids,
    named_quote,
    pressure_of,
    summarise,
    why_not_live,
)
from metrics.domain.rounding import whole_book
from metrics.marks import UNMARKED, Mark, current
from metrics.store.reader import StoreReader


def row_answer(row: MarketRow, expiry: Expiry, now: float, mark: Mark = UNMARKED) -> MetricsRow:
    """One symbol in a list."""
    net = rounded(row.net_pressure, 2)
    state = expiry.state(row, now)
    return {
        "timestamp": timestamp(row.received_at),
        "state": state,
        "reason": why_not_live(state, row.reason),
        "age_ms": age_ms(row.received_at, now),
        "halted": mark.halted,
        "symbol": row.symbol,
        "venue": row.id.venue,
        "form": row.id.form,
        "net_pressure": net,
        "imbalance_percent": net,
        "spread_bps": price_ratio(row.spread_bps),
        "spread_bps_10s": price_ratio(row.spread_bps_10s),
        "total_liquidity": None if row.total_liquidity is None else whole_book(row.total_liquidity),
        "known_to_bps": price_ratio(row.known_to_bps),
        "cost_bps": price_ratio(row.cost_bps),
        "cost_bps_10s": price_ratio(row.cost_bps_10s),
        "cost_at_least_bps_10s": price_ratio(row.cost_at_least_bps_10s),
        "depth_usd": quotient(row.depth_usd),
        "depth_usd_10s": quotient(row.depth_usd_10s),
        "usd_per_quote": quotient(row.usd_per_quote),
        "mid_price": price(row.mid_price),
        "quote_asset": named_quote(row.symbol),
        "trend": row.trend,
    }


def all_answer(reader: StoreReader, choice: Choice = FOLLOWED) -> dict[str, MetricsRow]:
    """The row of every market that is chosen, by the name it goes by."""
    return rows_answer(reader.rows(choice), reader.expiry, reader.clock())


def rows_answer(rows: Mapping[str, MarketRow], expiry: Expiry, now: float) -> dict[str, MetricsRow]:
    """The same of rows that have been read."""
    marks = current()
    return {name: row_answer(row, expiry, now, marks.of(row.symbol)) for name, row in rows.items()}


def summary_answer(reader: StoreReader, choice: Choice = FOLLOWED) -> Summary:
    """GET /metrics/summary."""
    markets, now = reader.markets(), reader.clock()
    mids = live_mids(markets, reader.expiry, now)
    return summary_body(summarise(choice.among(markets).values(), reader.expiry, now, mids), now)


def summary_body(summary: MarketSummary, now: float) -> Summary:
    """A summary as clients read it."""
    notional = summary.total_notional
    largest_first = sorted(notional, key=lambda asset: (-notional[asset], asset))
    return {
        "timestamp": timestamp(now),
        "symbols_tracked": summary.symbols_tracked,
        "symbols_excluded": summary.symbols_excluded,
        "market_sentiment": {
            "bullish_symbols": summary.bullish_symbols,
            "bearish_symbols": summary.bearish_symbols,
            "neutral_symbols": summary.neutral_symbols,
            "avg_net_pressure": rounded(summary.avg_net_pressure, 2),
            "avg_imbalance_ratio": rounded(summary.avg_imbalance_ratio, 3),
        },
        "liquidity": {
            "avg_spread_bps": price_ratio(summary.avg_spread_bps),
            "total_liquidity": rounding.quotient(summary.total_liquidity),
            "total_notional": {asset: rounding.quotient(notional[asset]) for asset in largest_first},
            "total_notional_usd": rounding.quotient(summary.total_usd),
            "not_in_usd": summary.not_in_usd,
            "median_cost_bps": price_ratio(summary.median_cost_bps),
            "worst_liquidity": [_worst(row) for row in summary.worst_liquidity],
        },
        "top_pressure_symbols": {
            "highest_buy_pressure": [_ranked(row) for row in summary.highest_buy_pressure],
            "highest_sell_pressure": [_ranked(row) for row in summary.highest_sell_pressure],
        },
    }


def _ranked(row: MarketRow) -> Ranked:
    return {
        "symbol": row.symbol,
        "venue": row.id.venue,
        "form": row.id.form,
        "net_pressure": rounding.rounded(pressure_of(row), 2),
    }


def _worst(row: MarketRow) -> WorstLiquidity:
    return {
        "symbol": row.symbol,
        "venue": row.id.venue,
        "form": row.id.form,
        "cost_bps_10s": price_ratio(row.cost_bps_10s),
        "cost_at_least_bps_10s": price_ratio(row.cost_at_least_bps_10s),
        "known_to_bps": price_ratio(row.known_to_bps),
    }

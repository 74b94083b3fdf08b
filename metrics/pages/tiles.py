"""The summary on top of the overview."""

from itertools import accumulate
from typing import Any

from metrics.answers import Body
from metrics.domain.market import STALE, SUSPECT
from metrics.pages.names import names

MOODS = ("bullish", "neutral", "bearish")


def tiles(summary: Body) -> dict[str, Any]:
    """The summary of REST, counted and linked as the tiles show it."""
    excluded, mood = summary["symbols_excluded"], summary["market_sentiment"]
    not_live = sum(excluded.values())
    stale, suspect = (excluded.get(state, 0) for state in (STALE, SUSPECT))
    top = summary["top_pressure_symbols"]
    return {
        "summary": summary,
        "live_count": summary["symbols_tracked"] - not_live,
        "stale_count": stale,
        "suspect_count": suspect,
        "other_count": not_live - stale - suspect,
        "sentiment_shares": shares(mood),
        "notional": list(summary["liquidity"]["total_notional"].items()),
        "buyers": [{**entry, **names(entry["symbol"])} for entry in top["highest_buy_pressure"]],
        "sellers": [{**entry, **names(entry["symbol"])} for entry in top["highest_sell_pressure"]],
    }


def shares(mood: Body) -> list[dict[str, Any]]:
    """How symbols lean, side by side as parts of a hundred."""
    counts = [mood[f"{name}_symbols"] for name in MOODS]
    widths = [100 * count / (sum(counts) or 1) for count in counts]
    starts = accumulate(widths, initial=0.0)
    return [
        {"name": name, "start": start, "width": width}
        for name, start, width in zip(MOODS, starts, widths, strict=False)
    ]

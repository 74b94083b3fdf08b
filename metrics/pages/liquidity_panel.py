"""What trading in one market costs, as the panel of its page has it first.

`static/realtime/js/liquidity_panel.js` goes on from here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

from metrics.answers.liquidity_shapes import CostOfSize, LiquidityBand, LiquidityNow, SideOfBand
from metrics.pages.liquidity import dollar_words, words
from metrics.templatetags.figures import coarse, compact, fixed, signed, signed_quantity

Way = Literal["buy", "sell"]
Side = Literal["bid", "ask"]
TAKES: dict[Way, Side] = {"buy": "ask", "sell": "bid"}
"""The side that each way of trading takes."""
FORMATS: dict[str, Callable[[float | None], str]] = {
    "signed_quantity": signed_quantity,
    "signed": signed,
    "compact": compact,
    "coarse": coarse,
    "count": partial(fixed, decimals=0),
}


class Line(NamedTuple):
    """A figure of every span of `flow` or `trades`; `unit` is base, quote or what is written."""

    label: str
    spans: str
    figure: str
    format: str
    unit: str


LINES = (
    Line("Order flow imbalance", "flow", "ofi", "signed_quantity", "base"),
    Line("of five levels", "flow", "ofi_5", "signed_quantity", "base"),
    Line("in quantities at the touch", "flow", "normalised", "signed", ""),
    Line("Trades", "trades", "count", "count", ""),
    Line("Bought", "trades", "bought", "compact", "quote"),
    Line("Sold", "trades", "sold", "compact", "quote"),
    Line("(bought − sold) / both", "trades", "imbalance", "signed", ""),
    Line("Effective spread", "trades", "effective_spread_bps", "coarse", "bps"),
    Line("Realised spread, 5 s", "trades", "realised_spread_bps", "coarse", "bps"),
    Line("Price impact, 5 s", "trades", "impact_bps", "coarse", "bps"),
)


def panel(body: LiquidityNow, base: str, quote: str) -> dict[str, Any]:
    """What the panel shows of an answer; `base` and `quote` are empty where the name does not tell."""
    units = {"base": base, "quote": quote}
    return {
        "known_to": body["known_to_bps"],
        "costs": [{**cost, "size": dollar_words(cost["size_usd"])} for cost in body["costs"]],
        "shortfalls": list(shortfalls(body)),
        "bands": list(drawn(body["bands"])),
        "resilience": body["resilience"],
        "row_band": words()["band"],
        "spans": [span["seconds"] for span in body["flow"]],
        "lines": [_row(line, body, units) for line in LINES],
    }


def shortfalls(body: LiquidityNow) -> Iterator[str]:
    """Why costs are not known, in sentences; none where all are."""
    if body["mid_price"] is None:
        yield f"Costs are {words()['no_book']}."
    elif body["usd_per_quote"] is None:
        yield f"Costs are {words()['no_dollars']}."
    else:
        for way, side in TAKES.items():
            if (size := _least_unknown(body["costs"], way)) is not None:
                reach = coarse(body["known_to_bps"][side])
                yield f"{side.title()}s: less than {dollar_words(size)} within {reach} bps, as far as they are known."


def _least_unknown(costs: Iterable[CostOfSize], way: Way) -> float | None:
    return min((cost["size_usd"] for cost in costs if cost[way] is None), default=None)


def drawn(bands: Sequence[LiquidityBand]) -> Iterator[dict[str, Any]]:
    """Bands with the lengths of their two bars, of 100 for the most that any side of any band holds."""
    sides = (side for band in bands for side in (band["bid"], band["ask"]))
    most = max((side["notional"] for side in sides if side), default=0.0) or 1.0
    for band in bands:
        yield {**band, "bid_bar": _length(band["bid"], most), "ask_bar": _length(band["ask"], most)}


def _length(side: SideOfBand | None, most: float) -> str:
    return f"{100 * side['notional'] / most:.1f}" if side else "0.0"


def _row(line: Line, body: LiquidityNow, units: dict[str, str]) -> dict[str, Any]:
    spans: Sequence[Any] = body["flow"] if line.spans == "flow" else body["trades"]
    return {
        "label": line.label,
        "format": line.format,
        "unit": units.get(line.unit, line.unit),
        "cells": [
            {"path": f"{line.spans}.{i}.{line.figure}", "text": FORMATS[line.format](span[line.figure])}
            for i, span in enumerate(spans)
        ],
    }

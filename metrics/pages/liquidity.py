"""What trading costs, as the overview shows it: of which size, why it is not known, and where it is worst.

`static/realtime/js/reasons.js` and `worst_liquidity.js` apply the same rules to what follows live.
"""

import json
from collections.abc import Iterable
from heapq import nlargest
from operator import itemgetter

from django.conf import settings

from metrics.answers import Body
from metrics.domain.market import LIVE, TOP_SYMBOLS
from metrics.templatetags.figures import COMPACT_STEPS, coarse, dollars

LEAST_COST = "cost_at_least_bps_10s"
"""By what markets are put in order, the one of the worst liquidity first."""


def dollar_words(dollars: float) -> str:
    """A round sum in short: $100k."""
    size, letter = next(((size, letter) for size, letter in COMPACT_STEPS if dollars >= size), (1.0, ""))
    return f"${dollars / size:g}{letter}"


def words() -> dict[str, str]:
    """The size and the band of all rows, and the sentences that are about them."""
    size, band = dollar_words(settings.LIQUIDITY_ROW_SIZE), f"{settings.LIQUIDITY_ROW_BAND_BPS:g} bps"
    return {
        "size": size,
        "band": band,
        "no_book": "not known: there is no book of two sides to reckon with",
        "no_dollars": "not known: no live market tells what its quote asset is in dollars",
        "no_cost": f"at least so much: the levels heard hold less than {size}, and the rest is no nearer",
        "no_depth": f"not known so far: the levels heard end within {band} of the mid price",
        "holds_less": f"holds less than {size} within",
    }


def words_json() -> str:
    """The same for the scripts of a page."""
    return json.dumps(words())


def explained(row: Body) -> Body:
    """A row with the reasons why its cost and depth are not known, empty where they are."""
    cost, depth = _why(row, "cost_bps_10s", "no_cost"), _why(row, "depth_usd_10s", "no_depth")
    return {**row, "cost_reason": cost, "depth_reason": depth}


def _why(row: Body, figure: str, short: str) -> str:
    if row[figure] is not None:
        return ""
    if row["known_to_bps"] is None:
        return words()["no_book"]
    return words()["no_dollars" if row["usd_per_quote"] is None else short]


def worst(rows: Iterable[Body]) -> list[Body]:
    """The live markets of the worst liquidity, each with a line that says why."""
    ranked = [
        row
        for row in sorted(rows, key=itemgetter("symbol", "venue", "form"))
        if row["state"] == LIVE and row[LEAST_COST] is not None
    ]
    return [
        {**row, "why": why_worst(row)} for row in nlargest(TOP_SYMBOLS, ranked, key=itemgetter(LEAST_COST))
    ]


def why_worst(row: Body) -> str:
    """What makes a market dear: how wide it is and how little rests near its mid price, or that it ends too soon."""
    if row["cost_bps_10s"] is None:
        return f"{words()['holds_less']} {coarse(row['known_to_bps'])} bps"
    spread = f"spread {coarse(row['spread_bps_10s'])} bps"
    depth = row["depth_usd_10s"]
    return spread if depth is None else f"{spread} · {dollars(depth)} within {words()['band']}"

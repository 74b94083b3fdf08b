"""How far trading moves the price of one market, read off the rows of its heat map."""

from metrics.answers.liquidity import dollars_per_quote
from metrics.answers.liquidity_shapes import ImpactNow
from metrics.answers.rounding import quotient, rounded
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.liquidity.impact import Seconds, impact
from metrics.domain.market import named_quote
from metrics.store.keys import HISTORY_SECONDS
from metrics.store.reader import StoreReader

MILLION = 1e6


def impact_answer(reader: StoreReader, symbol: str, choice: Choice = FOLLOWED) -> ImpactNow | None:
    """GET /metrics/impact/{symbol}; None where nothing current is known."""
    market = reader.market(symbol, choice)
    if market is None:
        return None
    now, dollars = reader.clock(), dollars_per_quote(reader, symbol)
    rows = reader.heat(market, now - HISTORY_SECONDS, now)
    seconds = Seconds(rows["time"], (rows["bid"] + rows["ask"]) / 2, rows["bought"], rows["sold"])
    found = impact(seconds, now)
    slope = found.slope
    return {
        "symbol": symbol,
        "venue": market.venue,
        "form": market.form,
        "quote_asset": named_quote(symbol),
        "usd_per_quote": quotient(dollars),
        "seconds": found.seconds,
        "lambda_bps_per_million_usd": _per_million_usd(slope and slope.slope, dollars),
        "r_squared": rounded(slope.r_squared, 4) if slope else None,
        "minutes": found.minutes,
        "amihud_bps_per_million_usd": _per_million_usd(found.amihud, dollars),
    }


def _per_million_usd(bps: float | None, dollars: float | None) -> float | None:
    """Of what it is for one of the quote asset."""
    return None if bps is None or dollars is None else quotient(MILLION * bps / dollars)

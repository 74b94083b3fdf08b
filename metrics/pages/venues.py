"""One symbol side by side at all venues, as its page shows it."""

from typing import Any

from metrics.answers.shapes import Gap, SameCoin, VenueMarket, Venues
from metrics.domain.market import MarketId
from metrics.pages.names import symbol_url
from metrics.templatetags.figures import decimals_of, fixed, venue_word


def venues(body: Venues, here: MarketId) -> dict[str, Any]:
    """The answer of REST with addresses and words; `here` is the market that the page shows."""
    symbol, gaps = body["symbol"], body["gaps"]
    return {
        "markets": [
            _market(symbol, market, here, _price_decimals(body["markets"])) for market in body["markets"]
        ],
        "gaps": [_gap(gap) for gap in gaps],
        "same_coin": [_same_coin(each) for each in body["same_coin"]],
        "is_compared": len(body["markets"]) > 1,
    }


def _price_decimals(markets: list[VenueMarket]) -> int:
    """Decimals of the finest best price, so that prices stand under each other."""
    prices = [market[side] for market in markets for side in ("best_bid", "best_ask")]
    return max((decimals_of(price) for price in prices if price is not None), default=2)


def _market(symbol: str, market: VenueMarket, here: MarketId, decimals: int) -> dict[str, Any]:
    return {
        **market,
        "symbol": symbol,
        "bid_text": fixed(market["best_bid"], decimals),
        "ask_text": fixed(market["best_ask"], decimals),
        "url": symbol_url(symbol, market["venue"], market["form"]),
        "is_here": market["market"] == here.name,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    """With a name that tells it from the others."""
    form = "" if gap["form"] == "spot" else ", contracts"
    words = f"Buy at {venue_word(gap['buy_at'])}, sell at {venue_word(gap['sell_at'])}{form}"
    return {**gap, "name": f"{gap['form']} {gap['buy_at']} {gap['sell_at']}", "words": words}


def _same_coin(each: SameCoin) -> dict[str, Any]:
    return {**each, "url": symbol_url(each["symbol"])}

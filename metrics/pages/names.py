"""A symbol as a page names it."""

from django.urls import reverse

from metrics.domain.market import UNKNOWN_QUOTE, pair_of, quote_asset


def names(symbol: str) -> dict[str, str]:
    """Symbol, address of its page, and its base and quote assets, empty where the name does not tell."""
    quote = quote_asset(symbol)
    if quote == UNKNOWN_QUOTE:
        return {"symbol": symbol, "url": symbol_url(symbol), "base": "", "quote": ""}
    base = pair_of(symbol).removesuffix(quote).rstrip("-_.")
    return {"symbol": symbol, "url": symbol_url(symbol), "base": base, "quote": quote}


def symbol_url(symbol: str) -> str:
    """Address of the page of one symbol."""
    return reverse("metrics:symbol", args=[symbol])

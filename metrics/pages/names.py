"""A symbol as a page names it."""

from urllib.parse import urlencode

from django.urls import reverse

from metrics.domain.market import UNKNOWN_QUOTE, pair_of, quote_asset


def names(symbol: str) -> dict[str, str]:
    """Symbol, address of its page, and its base and quote assets, empty where the name does not tell."""
    quote = quote_asset(symbol)
    if quote == UNKNOWN_QUOTE:
        return {"symbol": symbol, "url": symbol_url(symbol), "base": "", "quote": ""}
    base = pair_of(symbol).removesuffix(quote).rstrip("-_.")
    return {"symbol": symbol, "url": symbol_url(symbol), "base": base, "quote": quote}


def symbol_url(symbol: str, venue: str = "", form: str = "") -> str:
    """Address of the page of one symbol: of its followed market, or of that of a venue or form alone."""
    return reverse("metrics:symbol", args=[symbol]) + place_query(venue, form)


def place_query(venue: str, form: str) -> str:
    """What asks for the markets of a venue, or of a form; empty where neither is asked for."""
    asked = {name: value for name, value in (("venue", venue), ("form", form)) if value}
    return f"?{urlencode(asked, safe='*,')}" if asked else ""

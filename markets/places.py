"""Venues as people name them: `binance`, and `binance-usdm` where its contracts are meant."""

from collections.abc import Mapping

from markets.choice import BadChoice, Choice, read_choice
from markets.domain.venue import Venue
from markets.venues import VENUES
from metrics.domain.market import place_name

PLACES: Mapping[str, Venue] = {place_name(name, form): venue for (name, form), venue in VENUES.items()}


def read_places(text: str) -> list[str]:
    """`binance,okx-usdm`, each once. Raises BadChoice."""
    words = [word.strip() for word in text.split(",")]
    if unknown := [word for word in words if word not in PLACES]:
        raise BadChoice(f"{unknown[0]!r} is none of {', '.join(PLACES)}.")
    return list(dict.fromkeys(words))


def read_market(text: str) -> tuple[list[str], Choice]:
    """`binance:top:20` or `binance,okx:BTCUSDT,ETHUSDT`: places, and what of them. Raises BadChoice."""
    places, colon, choice = text.partition(":")
    if not colon:
        raise BadChoice(f"it does not say what of {text!r}.")
    return read_places(places), read_choice(choice)

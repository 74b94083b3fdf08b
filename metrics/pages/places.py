"""Where what a page shows is traded: what can be chosen, and why another market than the first is followed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.conf import settings

from metrics.answers import Body
from metrics.domain.admission.rules import Rules
from metrics.domain.choice import EACH, read_choice
from metrics.domain.market import LIVE, STALE
from metrics.templatetags.figures import place_words, reason_words, state_word, utc_time, venue_word

FORM_CHOICES = (("", "Spot and contracts"), ("spot", "Spot"), ("usdm", "Contracts"))


def asked_place(parameters: Mapping[str, str]) -> tuple[str, str]:
    """Venue and form that an address asks for, empty where it asks for none, or for what there cannot be."""
    venue, form = parameters.get("venue", "").lower(), parameters.get("form", "").lower()
    try:
        read_choice(venue or None, form or None)
    except ValueError:
        return "", ""
    return venue, form


def asked_market(parameters: Mapping[str, str]) -> tuple[str, str]:
    """The same where one market is asked for: what asks for several asks for none."""
    venue, form = asked_place(parameters)
    return ("", "") if read_choice(venue or None, form or None).is_each else (venue, form)


def place_filter(markets: Collection[str], venue: str, form: str) -> dict[str, Any]:
    """What can be chosen where `markets` ("binance/spot") are live; what is chosen is there in any case.

    Nothing can be while there is a single market. `static/realtime/js/place_filter.js` goes on from here.
    """
    venues = {market.partition("/")[0] for market in markets}
    chosen = {venue} - {"", EACH}
    forms = {market.partition("/")[2] for market in markets}
    return {
        "is_several": len(markets) > 1 or bool(venue or form),
        "has_forms": len(forms) > 1 or bool(form),
        "venue_choices": [
            ("", "Followed markets"),
            *((name, venue_words(name)) for name in sorted(venues | chosen)),
            (EACH, "Every market"),
        ],
        "form_choices": FORM_CHOICES,
    }


def venue_words(venues: str) -> str:
    """A venue, or several with commas between, for people."""
    return ", ".join(map(venue_word, venues.split(",")))


def primary_markets() -> str:
    """The markets that the bare name of a symbol means, best first, with commas between: what scripts rank by."""
    return ",".join(settings.PRIMARY_MARKETS)


def standing_in(markets: Sequence[Body]) -> tuple[str, str]:
    """Of the markets of a symbol, the followed one first: the one that another stands in for ("binance/spot"), and why
    in words; both empty where the first is followed. `static/realtime/js/standing_in.js` goes on from here.
    """
    rank = Rules(primary=tuple(settings.PRIMARY_MARKETS)).rank
    followed, *others = markets
    first = min(others, key=lambda market: rank(_place(market)), default=followed)
    if rank(_place(first)) >= rank(_place(followed)):
        return "", ""
    symbol = followed["market"].partition("@")[0]
    name, shown = (place_words(market["venue"], market["form"], symbol) for market in (first, followed))
    return _place(first), f"{name} {_trouble(first)}; showing {shown}"


def _trouble(market: Body) -> str:
    """Why it is not followed."""
    state, reason = market["state"], reason_words(market)
    if state == LIVE:
        return "is live, and followed once it has been live for 30 s"
    if state == STALE and not reason:
        return f"has been silent since {utc_time(market['timestamp'])}"
    return f"is {state_word(state)}{f' ({reason})' if reason else ''}"


def _place(market: Body) -> str:
    return f"{market['venue']}/{market['form']}"

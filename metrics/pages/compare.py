"""Which markets a reader wants side by side, and what an address asks for that cannot be shown."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from metrics.domain.choice import Choice, read_choice
from metrics.domain.market import SPOT, USDM, MarketId, MarketRow
from metrics.pages.places import venue_words
from symbols import fault_of, read_symbol, shown

MOST_COMPARED = 4
_CONTRACTS = f"-{USDM}"
_MARKET = re.compile(r"(?:(?P<before>[^:@]*):)?(?P<symbol>[^:@]*)(?:@(?P<after>[^:@]*))?")


class Compared(NamedTuple):
    """One market as an address names it: the followed one of a symbol, or that of a venue, of one form or of either."""

    symbol: str
    venue: str = ""
    form: str = ""

    @property
    def name(self) -> str:
        """As REST names it, and an address is read: `BTCUSDT`, `BTCUSDT@okx`, `BTCUSDT@okx-usdm`."""
        return MarketId(self.symbol, f"{self.venue}/{self.form}").name if self.venue else self.symbol

    @property
    def choice(self) -> Choice:
        """What it asks for among the markets of its symbol."""
        return read_choice(self.venue or None, self.form or None)

    def at(self, row: MarketRow) -> "Compared":
        """The same with the form that was found, where a venue is named."""
        return Compared(self.symbol, row.id.venue, row.id.form) if self.venue else self

    def among(self, rows: Sequence[MarketRow]) -> MarketRow | None:
        """Its row among those of its symbol; None where it is not tracked."""
        return next(iter(self.choice.of(rows).values()), None)


def read_market(text: str) -> Compared:
    """A symbol, that of a venue (`OKX:BTCUSDT`), or a market by its name (`BTCUSDT@okx`, `BTCUSDT@okx-usdm`).

    ValueError says what is wrong, in a sentence.
    """
    found = _MARKET.fullmatch(text.strip())
    if found is None or None not in (found["before"], found["after"]):
        raise ValueError(f"“{shown(text)}” is no market: write BTCUSDT, or OKX:BTCUSDT.")
    symbol = read_symbol(found["symbol"])
    if symbol is None:
        raise ValueError(f"A symbol is {fault_of(found['symbol'])}.")
    place = found["before"] if found["after"] is None else found["after"]
    if place is None:
        return Compared(symbol)
    venue = place.lower().removesuffix(_CONTRACTS)
    is_named = found["after"] is not None
    market = Compared(symbol, venue, USDM if venue != place.lower() else SPOT if is_named else "")
    try:
        is_each = market.choice.is_each or not venue
    except ValueError:
        is_each = True
    if is_each:
        raise ValueError(f"“{shown(place)}” is no venue.")
    return market


def read_markets(texts: Iterable[str]) -> tuple[list[Compared], list[str]]:
    """The first `MOST_COMPARED` markets that can be compared, in the order of the address, and a sentence for every
    other; an empty text asks for nothing, and one may name several with commas between them."""
    markets: list[Compared] = []
    faults = []
    for text in filter(str.strip, ",".join(texts).split(",")):
        try:
            market = read_market(text)
        except ValueError as fault:
            faults.append(str(fault))
            continue
        if market in markets:
            faults.append(f"{market.name} is compared already.")
        elif len(markets) == MOST_COMPARED:
            faults.append(f"At most {MOST_COMPARED} markets are compared: {market.name} is left out.")
        else:
            markets.append(market)
    return markets, faults


def found_among(
    markets: Iterable[Compared], tracked: Mapping[str, Sequence[MarketRow]]
) -> tuple[dict[Compared, MarketRow], list[str]]:
    """The markets that are tracked with their rows, and a sentence for every other."""
    found: dict[Compared, MarketRow] = {}
    faults = []
    for market in markets:
        row = market.among(tracked.get(market.symbol, ()))
        if row is None:
            faults.append(not_tracked(market))
        elif (named := market.at(row)) in found:
            faults.append(f"{named.name} is compared already.")
        else:
            found[named] = row
    return found, faults


def not_tracked(market: Compared) -> str:
    """A sentence about a market of which nothing is known."""
    at = (
        f" at {venue_words(market.venue)}{' as a contract' if market.form == USDM else ''}"
        if market.venue
        else ""
    )
    return f"{market.symbol} is not tracked{at}."


def compare_url(markets: Iterable[Compared]) -> str:
    """The page that compares these."""
    query = urlencode([("m", market.name) for market in markets], safe="@")
    return reverse("metrics:compare") + (f"?{query}" if query else "")


def suggestions(tracked: Mapping[str, Sequence[MarketRow]], compared: Collection[Compared]) -> list[str]:
    """What may be added: every symbol, and each market of those that are compared where there are several."""
    symbols = {market.symbol for market in compared}
    places = [
        row.id.name for symbol in sorted(symbols) if len(rows := tracked.get(symbol, ())) > 1 for row in rows
    ]
    taken = {market.name for market in compared}
    return [name for name in [*places, *sorted(tracked)] if name not in taken]

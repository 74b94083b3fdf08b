"""Which markets somebody asks for: one of each symbol, or each by itself."""

from collections.abc import Mapping, Sequence

import msgspec

from metrics.domain.market import FORMS, IS_VENUE, MOST_MARKETS, MarketId, MarketRow

EACH = "*"
"""Every venue, and each market by itself."""


class Choice(msgspec.Struct, frozen=True):
    """Markets of some venues (None: of all) and of one form (None: of both).

    One of each symbol is chosen, the followed one if it is among them, else the one that comes next. With `is_each`
    all are, and each goes by its own name.
    """

    venues: frozenset[str] | None = None
    form: str | None = None
    is_each: bool = False

    @property
    def is_list(self) -> bool:
        """Are its venues named one by one? There are as many of these as there are sets of venues."""
        return self.is_each and self.venues is not None

    def takes(self, market: MarketId) -> bool:
        """Is it one of these?"""
        is_there = self.venues is None or market.venue in self.venues
        return is_there and (self.form is None or market.form == self.form)

    def of(self, rows: Sequence[MarketRow]) -> dict[str, MarketRow]:
        """The rows chosen among those of one symbol, in whose order they come, by the name they go by."""
        if self == FOLLOWED:
            return {row.symbol: row for row in rows[:1]}
        chosen = [row for row in rows if self.takes(row.id)]
        return {self.name(row.id): row for row in (chosen if self.is_each else chosen[:1])}

    def among(self, markets: Mapping[str, Sequence[MarketRow]]) -> dict[str, MarketRow]:
        """The same of the rows of many symbols."""
        return {name: row for rows in markets.values() for name, row in self.of(rows).items()}

    def name(self, market: MarketId) -> str:
        """What a market goes by here."""
        return market.name if self.is_each else market.symbol


FOLLOWED = Choice()
"""The market that the bare name of a symbol means."""


def read_choice(venue: str | None, form: str | None) -> Choice:
    """What a client asks for: a venue, several with commas between or `*`, and a form. ValueError says what is wrong.

    Of one venue or one form each symbol is asked for once; of several venues, each market by itself.
    """
    if form is not None and form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}")
    if venue is None or venue == EACH:
        return Choice(form=form, is_each=venue == EACH)
    venues = [name.strip().lower() for name in venue.split(",")]
    if len(venues) > MOST_MARKETS or not all(map(IS_VENUE, venues)):
        raise ValueError("venue must be the name of a venue, several with commas between, or *")
    return Choice(frozenset(venues), form, is_each=len(venues) > 1)

"""When a rule would have fired in the last day, by the minutes that are kept."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
import numpy as np
from django.db.models import Count, QuerySet
from redis.exceptions import RedisError

from alerts.domain.rules import FOLLOWED, Rule
from alerts.domain.scene import market_at, place_of
from alerts.domain.trying import MINUTE, Minutes, Stretch, stretches
from alerts.domain.watched import CATALOGUE, Kept
from alerts.moments import moment
from metrics.domain.market import MarketId
from metrics.models import MinuteRollup
from metrics.store.reader import get_reader

DAY = timedelta(days=1)
MOST_JUDGED = 100
"""Of more markets that were ever beyond the threshold, those that were for longest are judged."""
MOST_LISTED = 50
BARS = 96
RESOLUTION = (
    "By the mean of each minute, as if the value had been that for all of it: what is shorter than a minute, or "
    "comes and goes within one, cannot be told."
)
NOT_KEPT = "Minutes do not keep this, so that nobody can say when it would have fired."
NO_STORE = "Redis does not answer, and nobody else knows which market of each symbol is followed."


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would have done from `start` to `end`. `why_not` says why that cannot be said, and is empty else.

    `minutes_beyond` counts the minutes of all markets in which the value was beyond the threshold at some moment,
    `touched` these markets, `judged` those of them that were judged. `stretches` are all times it would have fired,
    the newest first.
    """

    start: datetime
    end: datetime
    why_not: str = ""
    minutes_beyond: int = 0
    touched: int = 0
    judged: int = 0
    stretches: tuple[Stretch, ...] = ()

    @property
    def listed(self) -> list[tuple[str, str, datetime, datetime | None]]:
        """The newest: symbol, place, from when and until when; without an end what would still fire."""
        return [
            (
                each.market.symbol,
                place_of(each.market),
                moment(each.since),
                None if each.until is None else moment(each.until),
            )
            for each in self.stretches[:MOST_LISTED]
        ]

    @property
    def by_symbol(self) -> list[tuple[str, int]]:
        """How often for which symbols, the most often first."""
        return Counter(each.market.symbol for each in self.stretches).most_common()

    @property
    def bars(self) -> list[int]:
        """How many alerts would have fired in each quarter of an hour."""
        width = (self.end - self.start).total_seconds() / BARS
        counts, start = np.zeros(BARS, dtype=np.int64), self.start.timestamp()
        for each in self.stretches:
            first = int((each.since - start) // width)
            last = BARS - 1 if each.until is None else int((each.until - start - 1e-6) // width)
            counts[max(0, first) : last + 1] += 1
        return [int(count) for count in counts]


def tried(rule: Rule, now: datetime) -> Tried:
    """What a sound rule would have done in the day before `now`, were it enabled. Raises django.db.Error."""
    end = moment(now.timestamp() // MINUTE * MINUTE)
    day = Tried(start=end - DAY, end=end)
    watched = CATALOGUE.get(rule.watch)
    if watched is None or watched.kept is None:
        return msgspec.structs.replace(day, why_not=NOT_KEPT)
    try:
        beyond = _beyond(rule, watched.kept, day)
    except (RedisError, OSError):
        return msgspec.structs.replace(day, why_not=NO_STORE)
    chosen = [market for market, _ in beyond.most_common(MOST_JUDGED)]
    found = stretches(rule, _minutes(chosen, watched.kept, day))
    return msgspec.structs.replace(
        day,
        minutes_beyond=beyond.total(),
        touched=len(beyond),
        judged=len(chosen),
        stretches=tuple(reversed(found)),
    )


def _beyond(rule: Rule, kept: Kept, day: Tried) -> Counter[MarketId]:
    """In how many minutes a market was beyond the threshold at some moment."""
    compared = f"{kept.most}__gt" if rule.comparison == "above" else f"{kept.least}__lt"
    counted = (
        _kept(day)
        .filter(**{compared: rule.threshold})
        .order_by()
        .values_list("symbol", "market")
        .annotate(minutes=Count("pk"))
    )
    found = {MarketId(symbol, market): minutes for symbol, market, minutes in counted}
    followed = _followed() if rule.market == FOLLOWED else None
    return Counter(
        {
            market: minutes
            for market, minutes in found.items()
            if rule.covers(market.symbol)
            and (
                market in followed
                if followed is not None
                else market == market_at(market.symbol, rule.market)
            )
        }
    )


def _followed() -> set[MarketId]:
    """The followed market of each symbol, as things are now."""
    return {rows[0].id for rows in get_reader().markets().values()}


def _kept(day: Tried) -> QuerySet[MinuteRollup]:
    return MinuteRollup.objects.filter(minute__gte=day.start, minute__lt=day.end)


def _minutes(markets: list[MarketId], kept: Kept, day: Tried) -> Minutes:
    """The means of these markets, in a row for every minute of the day."""
    places = {market: place for place, market in enumerate(markets)}
    shape = (round((day.end - day.start).total_seconds() / MINUTE), len(markets))
    values, is_there = np.full(shape, np.nan), np.zeros(shape, dtype=np.bool_)
    rows: Iterable[tuple[str, str, datetime, float | None]] = (
        _kept(day)
        .filter(symbol__in={market.symbol for market in markets})
        .values_list("symbol", "market", "minute", kept.mean)
    )
    for symbol, name, minute, mean in rows:
        place = places.get(MarketId(symbol, name))
        if place is not None:
            number = int((minute - day.start).total_seconds() // MINUTE)
            is_there[number, place] = True
            values[number, place] = np.nan if mean is None else mean
    return Minutes(markets, day.start.timestamp(), values, is_there)

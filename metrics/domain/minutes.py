"""Minutes: what is left of every update once its quarter of an hour has passed."""

from collections.abc import Callable, Iterable, Iterator
from math import inf
from typing import Self, TypeVar

import msgspec
import numpy as np

from metrics.domain.liquidity.flow import FlowTicks
from metrics.domain.market import LIVE, MarketId, MarketRow
from metrics.domain.tape import Traded
from metrics.domain.ticks import MINUTE, Column, Ticks

RESOLUTIONS = {"1m": "1min", "5m": "5min", "1h": "1h"}
"""Into which minutes are put together, as clients and as pandas call them."""


class Range(msgspec.Struct, frozen=True, gc=False):
    """Open, high, low, close and sum of one number over some updates."""

    open: float
    high: float
    low: float
    close: float
    total: float

    @classmethod
    def of_each(cls, column: Column, ticks: Ticks) -> list[Self]:
        """The range of every run in one column of `ticks`."""
        firsts, lasts = ticks.firsts, ticks.lasts
        parts = (
            column[firsts],
            np.maximum.reduceat(column, firsts),
            np.minimum.reduceat(column, firsts),
            column[lasts],
            np.add.reduceat(column, firsts),
        )
        return [cls(*five) for five in zip(*(part.tolist() for part in parts), strict=True)]

    def then(self, later: Self) -> Self:
        """This one followed by `later`."""
        return type(self)(
            self.open,
            later.high if later.high > self.high else self.high,
            later.low if later.low < self.low else self.low,
            later.close,
            self.total + later.total,
        )


class Sampled(msgspec.Struct, frozen=True, gc=False):
    """Least, most and sum of one number in those published rows of a minute in which it was known, and how many."""

    least: float
    most: float
    total: float
    count: int

    def then(self, later: Self) -> Self:
        """Both together."""
        return type(self)(
            min(self.least, later.least),
            max(self.most, later.most),
            self.total + later.total,
            self.count + later.count,
        )


class Flowed(msgspec.Struct, frozen=True, gc=False):
    """Order flow imbalance added up over some books, at the best level and over five, in the base asset."""

    ofi: float
    ofi_5: float

    def then(self, later: Self) -> Self:
        """Both together."""
        return type(self)(self.ofi + later.ofi, self.ofi_5 + later.ofi_5)


class TradedSum(msgspec.Struct, frozen=True, gc=False):
    """Some trades: how many, what aggressors bought and sold in the quote asset, and all of it in the base asset."""

    number: int = 0
    bought: float = 0.0
    sold: float = 0.0
    quantity: float = 0.0

    def then(self, later: Self) -> Self:
        """Both together."""
        return type(self)(
            self.number + later.number,
            self.bought + later.bought,
            self.sold + later.sold,
            self.quantity + later.quantity,
        )


class Minute(msgspec.Struct, gc=False):
    """One market's minute. `start` is in seconds since the epoch; ranges are None without an update.

    `cost_bps` and `depth_usd` are those of the rows, None where they were never known. `touch_total` adds up the mean
    quantity of both sides at the touch. `flow` is None where no book followed another, `trades` where none is heard.
    """

    market: MarketId
    start: int
    pressure: Range | None = None
    mid: Range | None = None
    spread_total: float = 0.0
    spread_min: float = inf
    spread_max: float = 0.0
    depth_total: float = 0.0
    updates: int = 0
    seconds_not_live: float = 0.0
    cost_bps: Sampled | None = None
    depth_usd: Sampled | None = None
    touch_total: float = 0.0
    flow: Flowed | None = None
    trades: TradedSum | None = None

    def then(self, later: "Minute") -> "Minute":
        """Two parts of the same minute as one, for instance from before and after a restart."""
        return Minute(
            market=self.market,
            start=self.start,
            pressure=_join(self.pressure, later.pressure),
            mid=_join(self.mid, later.mid),
            spread_total=self.spread_total + later.spread_total,
            spread_min=min(self.spread_min, later.spread_min),
            spread_max=max(self.spread_max, later.spread_max),
            depth_total=self.depth_total + later.depth_total,
            updates=self.updates + later.updates,
            seconds_not_live=min(MINUTE, self.seconds_not_live + later.seconds_not_live),
            cost_bps=_join(self.cost_bps, later.cost_bps),
            depth_usd=_join(self.depth_usd, later.depth_usd),
            touch_total=self.touch_total + later.touch_total,
            flow=_join(self.flow, later.flow),
            trades=_join(self.trades, later.trades),
        )


Part = TypeVar("Part", Range, Sampled, Flowed, TradedSum)


class MinuteBook:
    """The minutes in progress of all markets, and all minutes so far of those that are new.

    `is_new` tells whether a market has yet to earn its minutes: they are held until it has, or is withdrawn.
    """

    def __init__(self, is_new: Callable[[MarketId], bool]) -> None:
        self._is_new = is_new
        self._open: dict[MarketId, dict[int, Minute]] = {}

    def add(self, ticks: Ticks, flow: FlowTicks) -> None:
        """Take in the next updates of any markets, and what each added; they may span minutes."""
        for part in minutes_of(ticks, flow):
            minutes = self._open.setdefault(part.market, {})
            minute = minutes.get(part.start)
            minutes[part.start] = minute.then(part) if minute else part

    def sample(self, row: MarketRow, *, hears_trades: bool) -> None:
        """Take in what a row says that single updates do not. Where trades are heard there are none until one comes."""
        if row.book != LIVE or (row.cost_bps is None and row.depth_usd is None and not hears_trades):
            return
        minute = self._minute(row.id, row.received_at)
        minute.cost_bps = _join(minute.cost_bps, _sampled(row.cost_bps))
        minute.depth_usd = _join(minute.depth_usd, _sampled(row.depth_usd))
        if hears_trades and minute.trades is None:
            minute.trades = TradedSum()

    def add_trades(self, trades: Iterable[Traded]) -> None:
        """Take in the next trades of any markets."""
        for market, received_at, price, quantity, sold in trades:
            minute, worth = self._minute(market, received_at), price * quantity
            bought, sold_for = (0.0, worth) if sold else (worth, 0.0)
            minute.trades = (minute.trades or TradedSum()).then(TradedSum(1, bought, sold_for, quantity))

    def add_not_live(self, markets: Iterable[MarketId], now: float, seconds: float) -> None:
        """`markets` were not live for the last `seconds`."""
        for market in markets:
            minute = self._minute(market, now)
            minute.seconds_not_live = min(MINUTE, minute.seconds_not_live + seconds)

    def withdraw(self, market: MarketId, since: float) -> None:
        """Forget the minutes of `market` that reach beyond `since`: what they were made of was false."""
        kept = {
            start: minute for start, minute in self._open.pop(market, {}).items() if start + MINUTE <= since
        }
        if kept:
            self._open[market] = kept

    def close(self, now: float) -> list[Minute]:
        """Hand over the earned minutes that lie wholly before `now`, of each market in order."""
        done = []
        for market, minutes in self._earned():
            over = [start for start in minutes if start + MINUTE <= now]
            done += [minutes.pop(start) for start in over]
            if not minutes:
                del self._open[market]
        return done

    def close_all(self) -> list[Minute]:
        """Hand over everything that is earned, finished or not; the rest is given up."""
        done = [minute for _, minutes in self._earned() for minute in minutes.values()]
        self._open = {}
        return done

    def _minute(self, market: MarketId, at: float) -> Minute:
        """The one it was then."""
        start = int(at // MINUTE) * MINUTE
        return self._open.setdefault(market, {}).setdefault(start, Minute(market, start))

    def _earned(self) -> Iterator[tuple[MarketId, dict[int, Minute]]]:
        return ((market, minutes) for market, minutes in list(self._open.items()) if not self._is_new(market))


def minutes_of(ticks: Ticks, flow: FlowTicks) -> list[Minute]:
    """The minutes that `ticks` are of, as far as they go; the same one twice where its ticks lie apart."""
    if not ticks.runs:
        return []
    spreads, firsts = ticks.spreads_bps, ticks.firsts
    parts = zip(
        ticks.runs,
        Range.of_each(100 * ticks.ratios, ticks),
        Range.of_each(ticks.mids, ticks),
        np.add.reduceat(spreads, firsts).tolist(),
        np.minimum.reduceat(spreads, firsts).tolist(),
        np.maximum.reduceat(spreads, firsts).tolist(),
        np.add.reduceat(ticks.totals, firsts).tolist(),
        (ticks.lasts - firsts + 1).tolist(),
        strict=True,
    )
    minutes = [Minute(run.market, run.minute * MINUTE, *figures) for run, *figures in parts]
    follows = np.ones(len(flow.times))
    follows[flow.begins] = 0
    added = np.add.reduceat(np.column_stack((flow.added, follows)), firsts)
    for minute, (ofi, ofi_5, touches, books) in zip(minutes, added.tolist(), strict=True):
        minute.touch_total = touches
        minute.flow = Flowed(ofi, ofi_5) if books else None
    return minutes


def _sampled(value: float | None) -> Sampled | None:
    return None if value is None else Sampled(value, value, value, 1)


def _join(first: Part | None, later: Part | None) -> Part | None:
    if first is None or later is None:
        return first or later
    return first.then(later)

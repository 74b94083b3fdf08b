"""Minutes in the database: written in bulk by the feed, read by the history endpoint."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import inf

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone
from redis.exceptions import RedisError

from metrics.domain.admission.rules import Rules
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.market import MarketId
from metrics.domain.minutes import Flowed, Minute, Range, Sampled, TradedSum
from metrics.domain.ticks import MINUTE
from metrics.models import MinuteRollup
from metrics.store.reader import StoreReader

MERGED_FIELDS = [
    field.name
    for field in MinuteRollup._meta.fields
    if field.name not in ("id", "symbol", "market", "minute")
]


@transaction.atomic
def save_minutes(minutes: Iterable[Minute]) -> None:
    """Write minutes; parts of one are joined, also with what is there already from before a restart."""
    fresh: dict[tuple[MarketId, int], Minute] = {}
    for minute in minutes:
        key = (minute.market, minute.start)
        fresh[key] = fresh[key].then(minute) if key in fresh else minute
    starts = {_time(start) for _, start in fresh}
    for row in MinuteRollup.objects.select_for_update().filter(minute__in=starts):
        key = (MarketId(row.symbol, row.market), int(row.minute.timestamp()))
        if key in fresh:
            fresh[key] = _minute(row).then(fresh[key])
    MinuteRollup.objects.bulk_create(
        [_row(minute) for minute in fresh.values()],
        update_conflicts=True,
        unique_fields=["symbol", "market", "minute"],
        update_fields=MERGED_FIELDS,
        batch_size=500,
    )


PRUNED_AT_ONCE = timedelta(minutes=10)
"""Of all markets: a statement that deletes is to end in time, however many have gathered."""


def prune_minutes() -> int:
    """Delete minutes older than METRICS_ROLLUP_DAYS; returns how many."""
    horizon = timezone.now() - timedelta(days=settings.METRICS_ROLLUP_DAYS)
    old = MinuteRollup.objects.filter(minute__lt=horizon)
    deleted = 0
    while (oldest := old.aggregate(oldest=Min("minute"))["oldest"]) is not None:
        count, _ = old.filter(minute__lt=oldest + PRUNED_AT_ONCE).delete()
        deleted += count
    return deleted


def withdraw_minutes(market: MarketId, since: float) -> None:
    """Delete the minutes of a market that reach beyond `since` (seconds since the epoch)."""
    first = _time(int(since // MINUTE) * MINUTE)
    MinuteRollup.objects.filter(symbol=market.symbol, market=market.market, minute__gte=first).delete()


def minutes_of(markets: list[MarketId], start: datetime, end: datetime) -> QuerySet[MinuteRollup]:
    """Minutes of markets of one symbol with start <= minute < end, oldest first, and of two the named market's last."""
    return MinuteRollup.objects.filter(
        symbol__in={symbol for symbol, _ in markets},
        market__in=[market for _, market in markets],
        minute__gte=start,
        minute__lt=end,
    ).order_by("minute", "market")


def kept_markets() -> frozenset[MarketId]:
    """Symbols and markets of which there are minutes. Asked one after the other, each is one or two steps in the index,
    however many minutes it has.
    """
    known = MinuteRollup.objects.order_by("symbol", "market").values_list("symbol", "market")
    found, row = set(), known.first()
    while row is not None:
        symbol, market = row
        found.add(MarketId(symbol, market))
        row = (
            known.filter(symbol=symbol, market__gt=market).first() or known.filter(symbol__gt=symbol).first()
        )
    return frozenset(found)


def kept_markets_of(symbols: Iterable[str]) -> list[MarketId]:
    """The same of some symbols, each with its markets in alphabetical order."""
    found = []
    for symbol in symbols:
        names = MinuteRollup.objects.filter(symbol=symbol).order_by("market").values_list("market", flat=True)
        name = names.first()
        while name is not None:
            found.append(MarketId(symbol, name))
            name = names.filter(market__gt=name).first()
    return found


def meant(symbol: str, choice: Choice, followed: MarketId | None) -> list[MarketId]:
    """The markets of a symbol whose minutes are meant by a choice: the followed one, else the one that comes first; and
    those of before markets were kept apart, where none is named. Empty where there are none.
    """
    rank = Rules(primary=tuple(settings.PRIMARY_MARKETS)).rank
    found = kept_markets_of([symbol])
    named = [market for market in found if market.market and choice.takes(market)]
    named.sort(key=lambda market: (market != followed, rank(market.market), market.market))
    of_before = [market for market in found if not market.market and choice == FOLLOWED]
    return named[:1] + of_before


def meant_now(symbol: str, choice: Choice, reader: StoreReader) -> list[MarketId]:
    """The same as things are. Minutes outlive rows: which market is followed may not be known."""
    try:
        followed = reader.market(symbol)
    except RedisError:
        followed = None
    return meant(symbol, choice, followed)


def _row(minute: Minute) -> MinuteRollup:
    updates = minute.updates
    return MinuteRollup(
        symbol=minute.market.symbol,
        market=minute.market.market,
        minute=_time(minute.start),
        **_range_fields("pressure", minute.pressure, updates),
        **_range_fields("mid", minute.mid, updates),
        spread_bps_mean=minute.spread_total / updates if updates else None,
        spread_bps_min=minute.spread_min if updates else None,
        spread_bps_max=minute.spread_max if updates else None,
        depth_mean=minute.depth_total / updates if updates else None,
        updates=updates,
        seconds_not_live=minute.seconds_not_live,
        **_sampled_fields("cost", "bps", minute.cost_bps),
        **_sampled_fields("depth", "usd", minute.depth_usd),
        touch_mean=minute.touch_total / updates if updates else None,
        **_flow_fields(minute.flow),
        **_trade_fields(minute.trades),
    )


def _flow_fields(flow: Flowed | None) -> dict[str, float]:
    return {"ofi": flow.ofi, "ofi_5": flow.ofi_5} if flow else {}


def _trade_fields(trades: TradedSum | None) -> dict[str, float]:
    if trades is None:
        return {}
    return {
        "trades": trades.number,
        "bought": trades.bought,
        "sold": trades.sold,
        "traded": trades.quantity,
    }


def _sampled_fields(name: str, unit: str, values: Sampled | None) -> dict[str, float]:
    if values is None:
        return {}
    parts = {"min": values.least, "max": values.most, "mean": values.total / values.count}
    return {f"{name}_{unit}_{part}": value for part, value in parts.items()} | {
        f"{name}_samples": values.count
    }


def _range_fields(name: str, values: Range | None, updates: int) -> dict[str, float]:
    if values is None:
        return {}
    parts = {"open": values.open, "high": values.high, "low": values.low, "close": values.close}
    return {f"{name}_{part}": value for part, value in parts.items()} | {
        f"{name}_mean": values.total / updates
    }


def _minute(row: MinuteRollup) -> Minute:
    return Minute(
        market=MarketId(row.symbol, row.market),
        start=int(row.minute.timestamp()),
        pressure=_range(row, "pressure"),
        mid=_range(row, "mid"),
        spread_total=(row.spread_bps_mean or 0.0) * row.updates,
        spread_min=inf if row.spread_bps_min is None else row.spread_bps_min,
        spread_max=row.spread_bps_max or 0.0,
        depth_total=(row.depth_mean or 0.0) * row.updates,
        updates=row.updates,
        seconds_not_live=row.seconds_not_live,
        cost_bps=_sampled(row, "cost", "bps"),
        depth_usd=_sampled(row, "depth", "usd"),
        touch_total=(row.touch_mean or 0.0) * row.updates,
        flow=_flow(row),
        trades=_trades(row),
    )


def _flow(row: MinuteRollup) -> Flowed | None:
    return None if row.ofi is None or row.ofi_5 is None else Flowed(row.ofi, row.ofi_5)


def _trades(row: MinuteRollup) -> TradedSum | None:
    if row.trades is None:
        return None
    return TradedSum(row.trades, row.bought or 0.0, row.sold or 0.0, row.traded or 0.0)


def _sampled(row: MinuteRollup, name: str, unit: str) -> Sampled | None:
    count = getattr(row, f"{name}_samples")
    least, most, mean = (getattr(row, f"{name}_{unit}_{part}") for part in ("min", "max", "mean"))
    return Sampled(least, most, mean * count, count) if count else None


def _range(row: MinuteRollup, name: str) -> Range | None:
    if not row.updates:
        return None
    parts = {part: getattr(row, f"{name}_{part}") for part in ("open", "high", "low", "close")}
    return Range(**parts, total=getattr(row, f"{name}_mean") * row.updates)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

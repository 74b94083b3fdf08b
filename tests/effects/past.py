"""Changes, signals and minutes of a day that is over, around one moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from configuration import services
from configuration.models import Change, Source, StrategyConfig
from configuration.services import Author
from effects.effect import Effect, effect_of
from metrics.models import MinuteRollup
from strategies.ledger.writer import SENT
from strategies.models import SignalRecord
from tests.factories import START
from tests.strategies.ledger.signals import signal, written

SKEW = "orderbook_skew"
RITA = Author(source=Source.ADMIN, name="rita", reason="odd books")
AT = datetime.fromtimestamp(START, UTC)
LONG_AGO = timedelta(days=-20)
MINUTE = 60.0


def moment(seconds: float) -> datetime:
    """So many seconds after AT."""
    return AT + timedelta(seconds=seconds)


def changed(
    values: dict[str, Any], symbol: str | None = None, at: float = 0.0, strategy_id: str = SKEW
) -> Change:
    """A change as if it had been made then."""
    change = services.write(strategy_id, symbol, values, author=RITA).change
    assert change is not None
    dated([change], at)
    return StrategyConfig.history.get(pk=change.history_id)


def dated(changes: list[Change], at: float) -> None:
    """Rows of the audit trail cannot be altered, but for tests that need them to be of the past."""
    ids = [change.history_id for change in changes]
    QuerySet(StrategyConfig.history.model).filter(pk__in=ids).update(history_date=moment(at))


def decided(*seconds: float, fate: Any = SENT, bps: float | None = None, **what: Any) -> None:
    """Signals of these moments, one of each; with `bps`, the price is known to have moved so far in five minutes."""
    signals = [signal(second, **what) for second in seconds]
    written(*signals, fate=fate)
    if bps is not None:
        rows = SignalRecord.objects.filter(pk__in=[each.id for each in signals])
        rows.update(mid_5m=100.0, bps_5m=bps, unknown_5m="")


def long_kept() -> None:
    """The ledger reaches back beyond everything else."""
    decided(LONG_AGO.total_seconds(), strategy_id="trade_momentum")


def minute(number: int, symbol: str = "BTCUSDT", **figures: float) -> MinuteRollup:
    """The minute that begins so many after AT."""
    values = {
        "pressure_mean": 5.0,
        "spread_bps_mean": 2.0,
        "cost_bps_mean": 3.0,
        "mid_close": 100.0,
    } | figures
    return MinuteRollup(
        symbol=symbol,
        market="binance/spot",
        minute=moment(number * MINUTE),
        updates=10,
        cost_samples=4,
        seconds_not_live=0.0,
        **values,
    )


def effect(change: Change, wait: float = 2 * 86_400.0, *, may_see_alerts: bool = True) -> Effect:
    """As it could be told so many seconds after AT."""
    return effect_of(change, moment(wait), may_see_alerts=may_see_alerts)

"""When each level was last changed, deletions included."""

from datetime import datetime

from django.db.models import Max

from configuration.domain.effective import LevelAddress
from configuration.models import StrategyConfig


def last_changes() -> dict[LevelAddress, datetime]:
    """By level, the time of its newest audit row."""
    rows = (
        StrategyConfig.history.order_by().values("strategy_id", "symbol").annotate(newest=Max("history_date"))
    )
    return {(row["strategy_id"], row["symbol"] or None): row["newest"] for row in rows}

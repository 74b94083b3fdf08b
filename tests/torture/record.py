"""What the database holds, read by the application itself."""

from typing import Any

from django.apps import apps
from django.db import connection

from tests.torture.evidence import AuditRow, HaltRow, LevelRow, Record, Scope


def on_record() -> Record:
    """All of it; raises what the database raises."""
    levels: Any = apps.get_model("configuration", "StrategyConfig")
    halts: Any = apps.get_model("halts", "HaltChange")
    try:
        return Record(
            audit=[
                AuditRow(
                    strategy_id=row.strategy_id,
                    symbol=row.symbol,
                    version=row.version,
                    reason=row.history_change_reason or "",
                    old=row.old_parameters,
                    new=row.new_parameters,
                )
                for row in levels.history.order_by("history_id")
            ],
            levels=[
                LevelRow(
                    strategy_id=row.strategy_id,
                    symbol=row.symbol,
                    version=row.version,
                    parameters=row.parameters,
                )
                for row in levels.objects.all()
            ],
            halts=[
                HaltRow(
                    scope=Scope(row.strategy_id, row.symbol),
                    halted=row.halted,
                    reason=row.reason,
                    at=row.at.timestamp(),
                )
                for row in halts.objects.order_by("pk")
            ],
        )
    finally:
        connection.close()

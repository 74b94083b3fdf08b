"""What-ifs on record: kept when they are answered, referred to by the change that sets their values."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from configuration.domain.problems import Problem, ProblemCode
from configuration.exceptions import ValidationFailed
from configuration.models import GLOBAL, Change
from what_if.domain.answer import Compared
from what_if.domain.question import Question
from what_if.models import WhatIfRecord
from what_if.spans import Plan

REFERS_WITHIN = timedelta(hours=1)
"""A change refers to what was asked no longer ago."""
KEPT = timedelta(days=7)
"""What no change refers to goes after that."""
NEEDED = (
    "These values for all symbols need a what-if first: "
    "ask what they would have done, then save them within an hour"
)


def keep(question: Question, values: dict[str, Any], plan: Plan, found: Compared) -> str | None:
    """Put an answer on record; its id, or None while the database is away."""
    now = timezone.now()
    try:
        WhatIfRecord.objects.filter(change_id=None, answered_at__lt=now - KEPT).delete()
        record = WhatIfRecord.objects.create(
            strategy_id=question.strategy_id,
            symbol=question.symbol or GLOBAL,
            values=values,
            answered_at=now,
            since=datetime.fromtimestamp(plan.since, UTC),
            until=datetime.fromtimestamp(plan.until, UTC),
            in_force=found.in_force.signals,
            proposed=found.proposed.signals,
            gone=found.gone.signals,
            new=found.new.signals,
            outcomes={
                which: {"known": tally.known, "mean_bps": tally.mean_bps}
                for which, tally in (
                    ("in_force", found.in_force),
                    ("proposed", found.proposed),
                    ("gone", found.gone),
                    ("new", found.new),
                )
            },
        )
    except DatabaseError:
        return None
    return str(record.id)


def last_asked(strategy_id: str, symbol: str, values: Any, now: datetime) -> WhatIfRecord | None:
    """The what-if of these very values to which a change would refer; None where there is none."""
    asked = WhatIfRecord.objects.filter(
        strategy_id=strategy_id, symbol=symbol, answered_at__gte=now - REFERS_WITHIN, change_id=None
    )
    return next((each for each in asked.order_by("-answered_at") if each.values == values), None)


def refer(change: Change, **_: Any) -> None:
    """Have a change refer to the last what-if of its very values. Raises ValidationFailed where it needs one."""
    record = last_asked(change.strategy_id, change.symbol, change.parameters, change.history_date)
    if record:
        record.change_id = change.history_id
        record.save(update_fields=["change_id"])
    elif settings.WHAT_IF_REQUIRED == "global" and change.symbol == GLOBAL:
        raise ValidationFailed([Problem("what_if", ProblemCode.RULE_VIOLATED, NEEDED, NEEDED)])


def of_change(change: Change) -> WhatIfRecord | None:
    """The what-if that a change refers to."""
    return WhatIfRecord.objects.filter(change_id=change.history_id).first()

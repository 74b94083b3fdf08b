"""The changes not yet announced on the bus.

The audit trail is their queue: ids of its rows rise in the order of commits, since writers take turns, and the
revision keeps the newest one announced. No process holds anything, so none takes a change along when it dies.
"""

from django.db.models import Max

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.changes import CommittedChange
from configuration.ledger import described
from configuration.models import Revision, StrategyConfig
from configuration.reading import load_levels

AT_ONCE = 500


def unannounced() -> list[CommittedChange]:
    """Of each level that changed since the last one announced its newest change, in the order of their ids.

    At most AT_ONCE, the oldest: the others follow once these are announced.
    """
    announced = Revision.objects.values_list("announced", flat=True).first() or 0
    since = StrategyConfig.history.filter(history_id__gt=announced, strategy_id__in=CATALOGUE)
    # By itself: a database that has not counted its rows since many came would look for these again for every row.
    levels = since.order_by().values("strategy_id", "symbol").annotate(newest=Max("history_id"))
    newest = list(levels.order_by("newest").values_list("newest", flat=True)[:AT_ONCE])
    if not newest:
        return []
    changes = StrategyConfig.history.filter(history_id__in=newest).order_by("history_id")
    in_force = load_levels()
    return [
        described(change, in_force[change.strategy_id].config(change.symbol or None)) for change in changes
    ]


def mark_announced(change_id: int) -> None:
    """All changes up to this one have been announced; never goes back."""
    Revision.objects.filter(announced__lt=change_id).update(announced=change_id)

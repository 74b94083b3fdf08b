"""What stands in an exported table: its columns, in order. Those of minutes are what the database keeps of one."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from django.db import models

from metrics.domain.market import MarketId
from metrics.models import MinuteRollup

Kind = Literal["word", "second", "moment", "number", "count"]
Row = tuple[Any, ...]
"""Values in the order of the columns; None is unknown. Times are in UTC."""


class Column(NamedTuple):
    """`kind` is what its values are: times to the second or to the microsecond, doubles, whole numbers."""

    name: str
    kind: Kind


KINDS: "Mapping[type[models.Field[Any, Any]], Kind]" = {
    models.DateTimeField: "second",
    models.FloatField: "number",
    models.IntegerField: "count",
}
"""Of what the database keeps of a minute, whatever its size."""
OF_A_MARKET = [Column("symbol", "word"), Column("venue", "word"), Column("form", "word")]
KEPT = [
    Column(field.name, next(kind for of, kind in KINDS.items() if isinstance(field, of)))
    for field in MinuteRollup._meta.concrete_fields
    if field.name not in ("id", "symbol", "market")
]
UPDATED = [
    Column("received_at", "moment"),
    Column("net_pressure", "number"),
    Column("best_bid", "number"),
    Column("best_ask", "number"),
    Column("mid_price", "number"),
    Column("spread_bps", "number"),
]
COLUMNS: Mapping[str, Sequence[Column]] = {
    "minutes": OF_A_MARKET + KEPT,
    "updates": OF_A_MARKET + UPDATED,
}
"""Of each kind of table."""


def of_a_market(market: MarketId) -> Row:
    """What stands in front of every row of a market; minutes of before markets were kept apart are of none."""
    return market.symbol, market.venue or None, market.form or None

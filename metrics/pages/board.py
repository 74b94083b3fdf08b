"""The table of symbols on the overview: which rows it shows, and in which order.

`static/realtime/js/board_query.js` applies the same rules to what follows live.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metrics.answers import Body
from symbols import capitals, stranger_in

ROWS_AT_FIRST = 200  # of the first paint; a live page has them all
STATE_CHOICES = (
    ("", "All"),
    ("live", "Live"),
    ("stale", "Stale"),
    ("suspect", "Suspect"),
    ("other", "Other"),
)
COLUMNS = (
    ("symbol", "Symbol", "symbol"),
    ("pressure", "Net pressure", "net_pressure"),
    ("minute", "Last minute", ""),
    ("trend", "Trend, 10 s", ""),
    ("spread", "Spread, 10 s median", "spread_bps_10s"),
    ("mid", "Mid price", "mid_price"),
    ("state", "State", "state"),
    ("age", "Age", "age_ms"),
)
SORT_KEYS = tuple(key for _, _, key in COLUMNS if key)
RISING_FIRST = ("symbol", "state", "age_ms")  # a first click on the others shows the largest on top


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """What the reader asked for; `sort` is a key of the row, with a minus for the largest first."""

    text: str = ""
    state: str = ""
    sort: str = "symbol"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> "BoardQuery":
        """Read an address's query; anything unknown falls back to the default."""
        state, sort = parameters.get("state", ""), parameters.get("sort", "")
        return cls(
            text=capitals(parameters.get("q", "").strip())[:32],
            state=state if state in dict(STATE_CHOICES) else "",
            sort=sort if sort.removeprefix("-") in SORT_KEYS else "symbol",
        )

    @property
    def stranger(self) -> str:
        """Why no symbol can match, where the text shows it."""
        return stranger_in(self.text)

    @property
    def key(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def is_falling(self) -> bool:
        return self.sort.startswith("-")

    def apply(self, rows: Iterable[Body]) -> list[Body]:
        """The matching rows in order; rows without the number come last either way."""
        matching = sorted((row for row in rows if self._matches(row)), key=lambda row: row["symbol"])
        known = [row for row in matching if row[self.key] is not None]
        unknown = [row for row in matching if row[self.key] is None]
        return sorted(known, key=lambda row: row[self.key], reverse=self.is_falling) + unknown

    def _matches(self, row: Body) -> bool:
        is_other = row["state"] not in dict(STATE_CHOICES)
        is_in_state = self.state in ("", "other" if is_other else row["state"])
        return is_in_state and self.text in row["symbol"]


def columns(query: BoardQuery) -> list[dict[str, str]]:
    """The heads of the table, each with what a click on it asks for."""
    return [_column(name, label, key, query) for name, label, key in COLUMNS]


def _column(name: str, label: str, key: str, query: BoardQuery) -> dict[str, str]:
    first, second = (key, f"-{key}") if key in RISING_FIRST else (f"-{key}", key)
    is_sorted = key == query.key
    return {
        "name": name,
        "label": label,
        "sort": key,
        "next": second if query.sort == first else first,
        "aria_sort": ("descending" if query.is_falling else "ascending") if is_sorted else "none",
    }

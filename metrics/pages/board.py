"""The table of symbols on the overview: which rows it shows, and in which order.

`static/realtime/js/board_query.js` applies the same rules to what follows live.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metrics.answers import Body
from metrics.domain.choice import Choice, read_choice
from metrics.pages.liquidity import LEAST_COST, words
from metrics.pages.names import names, place_query, symbol_url
from metrics.pages.places import asked_place
from metrics.templatetags.figures import place_words
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
    ("symbol", "Symbol", "", "symbol"),
    ("venue", "Venue", "", "venue"),  # seen where there are several
    ("pressure", "Net pressure", "%", "net_pressure"),
    ("minute", "Last minute", "", ""),
    ("trend", "Trend, 10 s", "", ""),
    ("spread", "Spread, 10 s", "bps", "spread_bps_10s"),
    ("cost", "Cost of {size}", "bps", LEAST_COST),
    ("depth", "Depth ±{band}", "$", "depth_usd_10s"),
    ("mid", "Mid price", "", "mid_price"),
    ("state", "State", "", "state"),
    ("age", "Age", "", "age_ms"),
)
"""Names, labels, units and sort keys; size and band are those of the settings."""
EXPLAINED = ("trend", "spread", "cost", "depth")  # by sentences under the table
SORT_KEYS = tuple(key for *_, key in COLUMNS if key)
RISING_FIRST = ("symbol", "venue", "state", "age_ms")  # a first click on the others shows the largest on top


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """What the reader asked for; `sort` is a key of the row, with a minus for the largest first.

    `venue` and `form` are those of REST: empty for the followed markets.
    """

    text: str = ""
    state: str = ""
    sort: str = "symbol"
    venue: str = ""
    form: str = ""

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> "BoardQuery":
        """Read an address's query; anything unknown falls back to the default."""
        state, sort = parameters.get("state", ""), parameters.get("sort", "")
        venue, form = asked_place(parameters)
        return cls(
            text=capitals(parameters.get("q", "").strip())[:32],
            state=state if state in dict(STATE_CHOICES) else "",
            sort=sort if sort.removeprefix("-") in SORT_KEYS else "symbol",
            venue=venue,
            form=form,
        )

    @property
    def choice(self) -> Choice:
        """The markets that are asked for."""
        return read_choice(self.venue or None, self.form or None)

    @property
    def place(self) -> str:
        """What asks for the same markets elsewhere."""
        return place_query(self.venue, self.form)

    def named(self, row: Body) -> Body:
        """A row with what a page calls it, and the address of its page: of one market where each has a row."""
        symbol, venue, form = row["symbol"], row["venue"], row["form"]
        if self.choice.is_each:
            label, url = f"{symbol} · {place_words(venue, form, symbol)}", symbol_url(symbol, venue, form)
        else:
            label, url = symbol, symbol_url(symbol, self.venue, self.form)
        return {**row, **names(symbol), "label": label, "url": url}

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
        matching = sorted((row for row in rows if self._matches(row)), key=_in_alphabet)
        known = [row for row in matching if row[self.key] is not None]
        unknown = [row for row in matching if row[self.key] is None]
        return sorted(known, key=lambda row: row[self.key], reverse=self.is_falling) + unknown

    def _matches(self, row: Body) -> bool:
        is_other = row["state"] not in dict(STATE_CHOICES)
        is_in_state = self.state in ("", "other" if is_other else row["state"])
        return is_in_state and self.text in row["symbol"]


def _in_alphabet(row: Body) -> tuple[str, str, str]:
    return row["symbol"], row["venue"], row["form"]


def columns(query: BoardQuery) -> list[dict[str, str]]:
    """The heads of the table, each with what a click on it asks for."""
    return [_column(name, label.format(**words()), unit, key, query) for name, label, unit, key in COLUMNS]


def _column(name: str, label: str, unit: str, key: str, query: BoardQuery) -> dict[str, str]:
    first, second = (key, f"-{key}") if key in RISING_FIRST else (f"-{key}", key)
    is_sorted = key == query.key
    return {
        "name": name,
        "label": label,
        "unit": unit,
        "sort": key,
        "note": f"{name}-note" if name in EXPLAINED else "",
        "next": second if query.sort == first else first,
        "aria_sort": ("descending" if query.is_falling else "ascending") if is_sorted else "none",
    }

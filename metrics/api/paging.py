"""Lists of rows, each under its name, in the order and of the length that a query asks for."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

from metrics.answers.shapes import Pagination

Row = TypeVar("Row")
Named = list[tuple[str, Row]]
Query = dict[str, Any]


def by_name(rows: Named[Row], query: Query) -> Named[Row]:
    """In alphabetical order, or the other way round."""
    return sorted(rows, key=lambda item: item[0], reverse=_is_descending(query))


def by_number(rows: Named[Row], query: Query, number: Callable[[Row], float | None]) -> Named[Row]:
    """By a number of each row; rows where it is unknown come last, whichever way the others are sorted."""
    unknown = -math.inf if _is_descending(query) else math.inf

    def rank(item: tuple[str, Row]) -> float:
        value = number(item[1])
        return unknown if value is None else value

    return sorted(rows, key=rank, reverse=_is_descending(query))


def paged(rows: Named[Row], query: Query) -> tuple[dict[str, Row], Pagination]:
    """The rows of the page that is asked for, and where it lies."""
    offset, limit = query["offset"], query.get("limit") or len(rows)
    return dict(rows[offset : offset + limit]), {
        "total": len(rows),
        "limit": query.get("limit"),
        "offset": offset,
        "has_next": offset + limit < len(rows),
        "has_previous": offset > 0,
    }


def _is_descending(query: Query) -> bool:
    is_descending: bool = query["sort_order"] == "desc"
    return is_descending

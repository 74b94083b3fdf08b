"""The first page of the admin: the market, the state of the system, the latest changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from redis.exceptions import RedisError

from metrics import answers
from metrics.store.reader import get_reader
from realtime import health

Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the system, in words for the person who looks."""

    name: str
    works: bool
    meaning: str


CHECKS: dict[str, tuple[str, str, str]] = {
    "database": (
        "Database",
        "Configuration can be read and written.",
        "Strategies keep their last configuration; nothing can be changed.",
    ),
    "store": (
        "Store",
        "Current numbers are at hand.",
        "No current numbers, no live pages; configuration is not affected.",
    ),
    "feed": (
        "Market feed",
        "Order books are arriving.",
        "No market data is arriving; numbers expire.",
    ),
}


def show(request: HttpRequest, context: Context) -> Context:
    """Unfold's dashboard callback. No part that is away takes the page with it."""
    return context | {"title": "Home", "checks": checks(health.CHECKS), **market()}


def checks(probes: dict[str, Callable[[], bool]]) -> list[Check]:
    """What every probe found."""
    found = []
    for key, probe in probes.items():
        name, good, bad = CHECKS[key]
        works = probe()
        found.append(Check(name, works, good if works else bad))
    return found


def market() -> Context:
    """Summary and feeds, or neither while the store is away."""
    reader = get_reader()
    try:
        summary, feeds = answers.summary_answer(reader), answers.feed_answer(reader)["feeds"]
    except RedisError:
        return {"summary": None, "feeds": []}
    return {"summary": summary if summary["symbols_tracked"] else None, "feeds": feeds}

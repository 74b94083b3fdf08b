"""What can be watched: one catalogue, a line each, by the kind of what has it."""

from alerts.domain.entities import Kind
from alerts.domain.watched.entry import Column, Kept, Watched
from alerts.domain.watched.halts import HALT
from alerts.domain.watched.levels import LEVEL
from alerts.domain.watched.markets import MARKET
from alerts.domain.watched.parts import PART
from alerts.domain.watched.rules import RULE
from alerts.domain.watched.strategies import STRATEGY
from alerts.domain.watched.summary import SUMMARY

CATALOGUE: dict[str, Watched] = {
    each.name: each for each in (*MARKET, *SUMMARY, *STRATEGY, *LEVEL, *HALT, *PART, *RULE)
}
"""By name."""


def kind_of(watch: str) -> Kind:
    """What has this; of what left the catalogue a market."""
    watched = CATALOGUE.get(watch)
    return watched.of if watched else "market"


__all__ = ["CATALOGUE", "Column", "Kept", "Watched", "kind_of"]

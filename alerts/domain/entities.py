"""What alerts are about: markets, and what is no market, by its name."""

from typing import Literal, NamedTuple, get_args

import msgspec

from metrics.domain.market import MarketId

Kind = Literal["market", "summary", "strategy", "level", "halt", "part", "rule"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""A rule is about entities of one kind, which what it watches decides."""
LONGEST_NAME = 200
"""Of what is no market, in characters."""


class Thing(NamedTuple):
    """What is no market: a strategy, a process, and so on. Its name tells it from others of its kind."""

    name: str


Entity = MarketId | Thing


def name_of(entity: Entity) -> str:
    """What rules name it by: the symbol of a market, the name of all else."""
    return entity.symbol if isinstance(entity, MarketId) else entity.name


class Entities(msgspec.Struct, frozen=True):
    """Which entities of one kind there are, in one order; of markets those that the bare names of their symbols mean
    are `followed`."""

    ids: list[Entity]
    followed: list[MarketId]


NOTHING = Entities([], [])

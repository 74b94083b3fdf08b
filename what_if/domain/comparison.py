"""Two runs over one market, signal by signal: what both decided, and what one did and the other did not.

A signal of one run and one of the other are the same decision where symbol, side and moment are. It is `kept` where
nothing about it differs but the version it was decided under, and `changed` where price or confidence do. Of the
others those of one symbol and side that are no more than NEAR_SECONDS apart are one that `moved`, the nearest first;
what is left is `gone`, or `new`.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args

import msgspec

from metrics.domain.rounding import mean_price_ratio
from strategies.domain.decision import BUY, SELL
from strategies.domain.outcomes import SPANS, Span
from what_if.domain.decided import Decided

NEAR_SECONDS = 5.0

Kind = Literal["kept", "changed", "moved", "gone", "new"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Pair(msgspec.Struct, frozen=True):
    """What the configuration in force decided, and what the proposed one did; null where it did not."""

    kind: Kind
    in_force: Decided | None
    proposed: Decided | None

    @property
    def at(self) -> float:
        """When, in seconds since the epoch: of one that moved, when the one in force decided it."""
        return self.either.at

    @property
    def either(self) -> Decided:
        """The one that is there, or that in force where both are."""
        one = self.in_force or self.proposed
        assert one is not None, "a pair of nothing"  # noqa: S101 - there is no such pair
        return one


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many signals, on which side, how many a halt would have held back, and what became of the price.

    `mean_bps` is how many basis points the price had moved their way after each span on average, of the `known` of
    which that is known; null where that is none.
    """

    signals: int
    buys: int
    sells: int
    halted: int
    known: dict[Span, int]
    mean_bps: dict[Span, float | None]


def pairs(in_force: Sequence[Decided], proposed: Sequence[Decided]) -> list[Pair]:
    """Every signal of both runs once, in the order of time."""
    left, right = defaultdict[object, list[Decided]](list), defaultdict[object, list[Decided]](list)
    for one in in_force:
        left[_same(one)].append(one)
    for one in proposed:
        right[_same(one)].append(one)
    found: list[Pair] = []
    for name in left.keys() & right.keys():
        both = min(len(left[name]), len(right[name]))
        found += map(_alike, left[name][:both], right[name][:both])
        del left[name][:both], right[name][:both]
    return sorted(found + _moved_or_alone(_rest(left), _rest(right)), key=_in_order)


def tally(signals: Iterable[Decided]) -> Tally:
    """What they amount to."""
    all_of_them = list(signals)
    moves = {
        span: [bps for each in all_of_them if (bps := each.outcome[span].bps) is not None] for span in SPANS
    }
    return Tally(
        signals=len(all_of_them),
        buys=sum(each.action == BUY for each in all_of_them),
        sells=sum(each.action == SELL for each in all_of_them),
        halted=sum(each.halted for each in all_of_them),
        known={span: len(each) for span, each in moves.items()},
        mean_bps={
            span: mean_price_ratio(sum(each) / len(each)) if each else None for span, each in moves.items()
        },
    )


def _same(one: Decided) -> tuple[str, str, float]:
    return one.symbol, one.action, one.at


def _alike(in_force: Decided, proposed: Decided) -> Pair:
    differs = (in_force.price, in_force.confidence) != (proposed.price, proposed.confidence)
    return Pair("changed" if differs else "kept", in_force, proposed)


def _rest(by_name: dict[object, list[Decided]]) -> list[Decided]:
    return [one for each in by_name.values() for one in each]


def _moved_or_alone(gone: list[Decided], new: list[Decided]) -> list[Pair]:
    found: list[Pair] = []
    left, right = set(range(len(gone))), set(range(len(new)))
    for _, before, after in sorted(_near(gone, new)):
        if before in left and after in right:
            left.remove(before)
            right.remove(after)
            found.append(Pair("moved", gone[before], new[after]))
    found += [Pair("gone", gone[each], None) for each in left]
    return found + [Pair("new", None, new[each]) for each in right]


def _near(gone: list[Decided], new: list[Decided]) -> Iterator[tuple[float, int, int]]:
    """How far apart two of one symbol and side are that may be one, and their places."""
    by_name = defaultdict[object, list[tuple[float, int]]](list)
    for place, other in enumerate(new):
        by_name[other.symbol, other.action].append((other.at, place))
    for others in by_name.values():
        others.sort()
    for place, one in enumerate(gone):
        others = by_name[one.symbol, one.action]
        for at, other_place in others[bisect_left(others, (one.at - NEAR_SECONDS, 0)) :]:
            if at > one.at + NEAR_SECONDS:
                break
            yield abs(at - one.at), place, other_place


def _in_order(pair: Pair) -> tuple[float, str, str, str]:
    return pair.at, pair.either.symbol, pair.either.action, pair.kind

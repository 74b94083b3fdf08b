"""What became of the price after a signal: how far the mid price of its market had moved 1, 5 and 15 minutes later.

    bps = 10,000 * (mid then - mid when decided) / mid when decided, the other way round for a sale

Positive is what the signal said. A number that cannot be known is None, and `unknown` says why. Both mid prices are
those of one market, the one that was followed when it was decided: what another venue asks is no move.
"""

from math import inf
from typing import Annotated, Literal, NamedTuple, get_args

import msgspec

from metrics.domain.rounding import as_sent, price, price_ratio
from strategies.domain.decision import BUY, HOLD, Action, Side

Span = Literal["1m", "5m", "15m"]
SPANS: tuple[Span, ...] = get_args(Span)
"""After the decision; how long each is, is in TIMEFRAMES."""

Unknown = Literal["not_yet", "no_entry", "no_side", "not_live", "market_changed", "away"]
WHY: dict[Unknown, str] = {
    "not_yet": "the moment has not come, or has not been looked at",
    "no_entry": "no live book of its market is known of when it was decided",
    "no_side": "it holds, and neither buys nor sells",
    "not_live": "no live book of its market is known of then",
    "market_changed": "no live book of its market is known of then, and the symbol follows another one since",
    "away": "nobody looked in time: what is known of the market reaches back 15 minutes",
}


class Touch(NamedTuple):
    """Best bid and best ask, both of them there."""

    bid: float
    ask: float

    @property
    def mid(self) -> float:
        """The middle between them."""
        return price((self.bid + self.ask) / 2)

    @property
    def spread_bps(self) -> float:
        """How far they are apart, in basis points of the middle."""
        low, high = as_sent(self.bid), as_sent(self.ask)
        return price_ratio(20_000 * (high - low) / (high + low))


def touch_of(bid: float, ask: float) -> Touch | None:
    """None where a side is empty, or neither is known."""
    return Touch(bid, ask) if 0 < bid <= ask < inf else None


class Outcome(msgspec.Struct, frozen=True):
    """The mid price of the signal's market at one moment, and how far it had moved the signal's way."""

    mid: float | None = None
    bps: Annotated[
        float | None,
        msgspec.Meta(
            description="In basis points of the mid price when it was decided; positive is its way."
        ),
    ] = None
    unknown: Annotated[Unknown | None, msgspec.Meta(description="Why it is null; null where it is not.")] = (
        "not_yet"
    )


class Sight(NamedTuple):
    """What somebody who looks back sees of a market at one moment.

    `mid` is that of its newest book then, None where none was live; `followed` the market that the symbol follows now,
    empty where that is not known; `is_reached`, whether what is kept reaches back so far.
    """

    mid: float | None
    followed: str
    is_reached: bool


def never_known(action: Action, entry: float | None, *, is_reached: bool) -> Unknown | None:
    """Why there will be no outcome, whatever comes, by the mid price of the decision; None where there may be one. It
    `is_reached` where what is kept reaches back to that moment."""
    if entry is None:
        return "no_entry" if is_reached else "away"
    return "no_side" if action == HOLD else None


def outcome_of(side: Side, market: str, entry: float, then: Sight) -> Outcome:
    """Of a signal about `market`, whose mid price was `entry` when it was decided."""
    if then.mid is None:
        return Outcome(unknown=_why_nothing_is_seen(market, then))
    return Outcome(then.mid, move_bps(side, entry, then.mid), None)


def move_bps(side: Side, entry: float, then: float) -> float:
    """From one mid price to another, in basis points of the first and in the direction of a side."""
    sent = as_sent(entry)
    move = 10_000 * (as_sent(then) - sent) / sent
    return price_ratio(move if side == BUY else -move)


def _why_nothing_is_seen(market: str, then: Sight) -> Unknown:
    if not then.is_reached:
        return "away"
    return "market_changed" if then.followed not in ("", market) else "not_live"

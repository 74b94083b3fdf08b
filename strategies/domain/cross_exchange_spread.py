"""Cross-Exchange Spread: buy at the venue that asks less, sell at the one that bids more.

    gap    (best bid at the dear venue - best ask at the cheap one) / best ask * 100

Both touches must be younger than 5 s. A gap counts when it has shown itself in `persistent_spread_periods`
observations in a row, at least 1 s apart, no further than touches live, and each with new touches of both venues;
any frame that does not show it begins the count anew. One signal carries both legs; its quantity is what both touches
hold, up to the cap, in whole units, and where not one unit fits there is nothing to be had.

Spot is compared with spot, and USD-M contracts with USD-M contracts. A contract is another thing at another
price: bought here and sold there, the two legs would not cancel out.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from configuration.domain.catalogue import CrossExchangeSpread
from metrics.domain.book import BookUpdate
from metrics.domain.frames import BookTicker
from metrics.domain.rounding import difference
from strategies.domain.comparison import as_read, is_at_least
from strategies.domain.decision import BUY, HOLD, NOTHING, SELL, Decision, Decisions, Leg, confidence
from strategies.domain.measuring import Comparison, Measuring, PositionLimit
from strategies.domain.pause import Earlier
from strategies.domain.quantity import floor_quantity
from strategies.domain.rationale import brief, plain

ANY = "any"
LEG_FRESH_SECONDS = 5.0
SPACING_SECONDS = 1.0
SIZES = (100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000)
"""Of positions, in dollars: those that can be set, in steps of no more than a half."""


class Touch(NamedTuple):
    """Best prices of one market, what rests there, and which state of the market showed them."""

    update_id: int
    at: float
    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float


class GapStreak(NamedTuple):
    """Observations in a row that showed a gap, and the time of the last."""

    length: int
    at: float


Direction = tuple[str, str]
"""Cheap market, dear market, each as venue/form."""


class State:
    """Touches of one symbol by market, streaks by direction, and the last signal of each pair of venues."""

    __slots__ = ("signalled_at", "streaks", "touches")

    def __init__(self) -> None:
        self.touches: dict[str, Touch] = {}
        self.streaks: dict[Direction, GapStreak] = {}
        self.signalled_at: dict[frozenset[str], float] = {}


def withdraw(state: State, market: str) -> None:
    """Forget the touch of a market: it was false, and so are the gaps it showed."""
    state.touches.pop(market, None)
    for direction in [direction for direction in state.streaks if market in direction]:
        del state.streaks[direction]


def resume(state: State, signals: Iterable[Earlier]) -> None:
    """Take over when each pair of venues was last signalled."""
    state.signalled_at = {signal.venues: signal.at for signal in sorted(signals, key=lambda each: each.at)}


def touch(frame: BookUpdate | BookTicker, now: float) -> Touch | None:
    """None where a side is empty."""
    if isinstance(frame, BookTicker):
        best = (frame.bid, frame.bid_quantity, frame.ask, frame.ask_quantity)
        return Touch(frame.update_id, now, *best)
    if not (frame.bids and frame.asks):
        return None
    return Touch(frame.update_id, now, *frame.bids[0], *frame.asks[0])


def is_late(frame: BookUpdate | BookTicker, known: Touch | None, now: float) -> bool:
    """Has the market shown a newer state, a book after a touch alone or the other way round?"""
    newer = _fresh(known, now)
    return newer is not None and newer.update_id > frame.update_id


def venue_of(market: str) -> str:
    """Where the market is."""
    return market.partition("/")[0]


def form_of(market: str) -> str:
    """What is traded there: "spot", or "usdm" for contracts."""
    return market.partition("/")[2]


def gap_percent(cheap: Touch, dear: Touch) -> float:
    """What buying at one and selling at the other would earn, in percent."""
    return 100 * difference(dear.bid, cheap.ask) / cheap.ask


def bps(percent: float) -> float:
    """A share in percent as basis points: 57 of 0.57, and not 56.99999999999999."""
    return as_read(100 * percent)


def quantity_of(cheap: Touch, dear: Touch, cap: float) -> float:
    """What both touches hold, worth no more than `cap`; 0 where that is less than one unit."""
    return floor_quantity(min(cap / cheap.ask, cheap.ask_quantity, dear.bid_quantity), cheap.ask)


def observe(streak: GapStreak | None, cheap: Touch, dear: Touch, now: float) -> GapStreak:
    """The streak with one more observation, where enough time has passed for one and both venues have moved on.

    A venue that has just frozen shows the same gap again and again, and nobody could trade it.
    """
    if streak is None or now - streak.at > LEG_FRESH_SECONDS:
        return GapStreak(1, now)
    is_new = min(cheap.at, dear.at) > streak.at and now - streak.at >= SPACING_SECONDS
    return GapStreak(streak.length + 1, now) if is_new else streak


def evaluate(
    state: State, frame: BookUpdate | BookTicker, parameters: CrossExchangeSpread, now: float
) -> Decisions:
    """Decisions, one per direction between the frame's market and its like elsewhere, when its gap has persisted."""
    market = frame.market
    if frame.venue not in parameters.exchanges or is_late(frame, state.touches.get(market), now):
        return NOTHING
    newest = touch(frame, now)
    if newest is None:
        state.touches.pop(market, None)
    else:
        state.touches[market] = newest
    directions = directions_of(state, frame, parameters)
    found = [_examine(state, direction, frame.symbol, parameters, now) for direction in directions]
    return tuple(decision for decision in found if decision)


def directions_of(
    state: State, frame: BookUpdate | BookTicker, parameters: CrossExchangeSpread
) -> list[Direction]:
    """Both ways between the frame's market and each of its like elsewhere that has shown a touch."""
    market = frame.market
    alike = [f"{name}/{form_of(market)}" for name in parameters.exchanges if name != frame.venue]
    others = [other for other in alike if other in state.touches]
    return [direction for other in others for direction in ((market, other), (other, market))]


def quantities(
    state: State, frame: BookUpdate | BookTicker, parameters: CrossExchangeSpread, now: float
) -> dict[str, float]:
    """The widest gap between the frame's market and any of its like, where both touches are fresh."""
    if frame.venue not in parameters.exchanges:
        return {}
    pairs = [
        [_fresh(state.touches.get(market), now) for market in direction]
        for direction in directions_of(state, frame, parameters)
    ]
    gaps = [gap_percent(cheap, dear) for cheap, dear in pairs if cheap and dear]
    return {"gap_percent": max(gaps)} if gaps else {}


MEASURING = Measuring(
    "comparisons of venues",
    quantities,
    {
        "spread_threshold_percent": Comparison("gap_percent", "at_least"),
        "high_spread_threshold": Comparison("gap_percent", "at_least", "admits"),
    },
    PositionLimit("max_position_size", "spread_threshold_percent", SIZES),
)


def _examine(
    state: State, direction: Direction, symbol: str, parameters: CrossExchangeSpread, now: float
) -> Decision | None:
    cheap, dear = (_fresh(state.touches.get(market), now) for market in direction)
    if cheap is None or dear is None:
        state.streaks.pop(direction, None)
        return None
    gap = gap_percent(cheap, dear)
    if not is_at_least(gap, parameters.spread_threshold_percent):
        state.streaks.pop(direction, None)
        return None
    streak = state.streaks[direction] = observe(state.streaks.get(direction), cheap, dear, now)
    venues = frozenset(map(venue_of, direction))
    last = state.signalled_at.get(venues, float("-inf"))
    if streak.length < parameters.persistent_spread_periods or now - last < parameters.min_signal_interval:
        return None
    quantity = quantity_of(cheap, dear, parameters.max_position_size)
    if quantity == 0:
        return None
    state.signalled_at[venues] = now
    return _decision(direction, symbol, cheap, dear, gap, streak, quantity, parameters)


def _fresh(touch: Touch | None, now: float) -> Touch | None:
    return touch if touch and now - touch.at < LEG_FRESH_SECONDS else None


def _decision(
    direction: Direction,
    symbol: str,
    cheap: Touch,
    dear: Touch,
    gap: float,
    streak: GapStreak,
    quantity: float,
    p: CrossExchangeSpread,
) -> Decision:
    is_large = is_at_least(gap, p.high_spread_threshold)
    least = bps(p.spread_threshold_percent)
    buy_at, sell_at = map(venue_of, direction)
    form = form_of(direction[0])
    return Decision(
        symbol=symbol,
        action=BUY,
        confidence=confidence(p.high_spread_confidence if is_large else p.base_confidence),
        price=cheap.ask,
        current_price=cheap.ask,
        indicators={"gap_percent": gap, "observations": streak.length},
        rationale=(
            f"{sell_at} bids {plain(dear.bid)}, {buy_at} asks {plain(cheap.ask)}: "
            f"the gap of {brief(bps(gap), least)} bps is at least {plain(least)} bps, in {streak.length} observations"
        ),
        quantity=quantity,
        exchange=buy_at,
        legs=(
            Leg(buy_at, form, BUY, cheap.ask, quantity),
            Leg(sell_at, form, SELL, dear.bid, quantity),
        ),
    )


def seen_from(decision: Decision, venue: str) -> Decision:
    """A decision with legs as somebody reads it who trades at `venue` alone: that leg's action at that leg's price.

    `hold` where no leg is there. Without legs, or for somebody who reads them (ANY), it stays as it is.
    """
    if not decision.legs or venue == ANY:
        return decision
    own = next((leg for leg in decision.legs if leg.venue == venue), None)
    if own is None:
        return replace(decision, action=HOLD, exchange=venue)
    return replace(decision, action=own.action, exchange=venue, price=own.price, current_price=own.price)

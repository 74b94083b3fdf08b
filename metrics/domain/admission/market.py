"""What is remembered of a symbol and of each of its markets to hold the next message against."""

from array import array
from math import inf
from operator import attrgetter

from metrics.domain.admission.coin import NO_REFERENCE, Mixture, Reference
from metrics.domain.admission.contracts import Claim, Held, is_shallow
from metrics.domain.admission.following import Following, Turn
from metrics.domain.admission.ids import NEVER, NO_ID, Ids
from metrics.domain.admission.trades import TradeOrder
from metrics.domain.book import MAX_LEVELS
from metrics.domain.market import MOST_MARKETS

MOST_DEPTHS = 16
"""Of one market: so are depths."""
UNNAMED_DEPTH = 20
"""Of books under the name of something else: the deepest that exchanges send."""
NOTHING_SHOWN = -1
UNKNOWN_TOUCH = (0.0, inf)
NEW_SECONDS = 60.0
"""A symbol is new until it has been heard for so long: names are what a stranger says, too."""
UNHEARD = inf
"""Since when a symbol is known whose life is over, and of which what it sent last is remembered."""


class Market(Ids):
    """One market: a venue, a form (spot, usdm) and a symbol. The ids are those of its books.

    `touch` is best bid and ask of the last accepted book that had to be compared with others (0 and infinite where
    a side was empty, or nothing is to be compared). `held` waits for a reference, `unconfirmed_since` is since when
    books were accepted without one, and `confirmed_id` is the last one before. `depth` is that of the last accepted
    book, and `named_depth` what the name of its stream says; once it is withdrawn, they are 0 and NOTHING_SHOWN.
    `depth_ids` has the last id of each other depth. `usual_depth` is both where they are equal and the market is not
    suspect, and then a book as deep needs no second look. `others` are the messages that got as far as their id and
    are not among the `recent`. `claimed` is the claim that was looked up last. It is known `since` a moment in seconds
    since the epoch; one that `is_known` has lived before, and is never new. `refusal` is why its newest refused book
    was refused. It has been live with both sides, without a break, at most since `live_since`.

    There may be thousands, and all are in use all the time: what most of them never need is made when it is needed,
    and the touch is no two numbers in objects of their own, which would lie between those of the next messages.
    """

    __slots__ = (
        "claimed", "claims", "confirmed_id", "depth", "depth_ids", "held", "is_known", "live_since", "mixture", "name",
        "named_depth", "others", "reference", "refusal", "refused_at", "since", "stream", "suspect_until", "symbol",
        "ticked_at", "touch", "touches", "trades", "unconfirmed_since", "usual_depth",
    )  # fmt: skip

    def __init__(self, symbol: str, name: str, *, is_known: bool = False) -> None:
        super().__init__()
        self.symbol = symbol
        self.name = name
        self.since = UNHEARD
        self.is_known = is_known
        self.refusal = ""
        self.refused_at = NEVER
        self.live_since = UNHEARD
        self.others = 0
        self.depth = 0
        self.named_depth = self.usual_depth = NOTHING_SHOWN
        self.touch = array("d", UNKNOWN_TOUCH)
        self.reference = NO_REFERENCE
        self.unconfirmed_since: float | None = None
        self.confirmed_id = NO_ID
        self.ticked_at = self.suspect_until = NEVER
        self.mixture: Mixture | None = None
        self.held: list[Held] | None = None
        self.claims: dict[int, Claim] | None = None
        self.claimed: Claim | None = None
        self.depth_ids: dict[int, int] | None = None
        self.touches: Ids | None = None
        self.trades: dict[str, TradeOrder] | None = None
        self.stream: Turn | None = None

    @property
    def venue(self) -> str:
        """The exchange, whatever the form."""
        return self.name.partition("/")[0]

    @property
    def is_one_sided(self) -> bool:
        """Had its last accepted book one side only? One of contracts never has."""
        return (self.touch[0] == UNKNOWN_TOUCH[0]) != (self.touch[1] == UNKNOWN_TOUCH[1])

    @property
    def messages(self) -> int:
        """How many have got as far as their id."""
        return self.others + len(self.recent)

    def tidy(self) -> None:
        accepted = len(self.recent)
        super().tidy()
        self.others += accepted - len(self.recent)

    @property
    def seen_at(self) -> float:
        """When a book or a reference of it came last."""
        return max(self.accepted_at, self.heard_at, self.reference.at)

    @property
    def is_shown(self) -> bool:
        """Has a book been accepted since the last one was withdrawn?"""
        return self.named_depth != NOTHING_SHOWN

    def is_live(self, now: float, stale_after: float) -> bool:
        """Is its newest book fresh, neither withdrawn nor suspect?"""
        return self.is_shown and now - self.accepted_at <= stale_after and not self.is_suspect(now)

    def can_be_followed(self, now: float, stale_after: float) -> bool:
        """Is it live, with both sides?"""
        return self.is_live(now, stale_after) and not self.is_one_sided

    @property
    def is_new(self) -> bool:
        """Has it been heard for less than a minute? Once it has, it is new no more, however silent it falls."""
        return not self.is_known and self.seen_at - self.since < NEW_SECONDS

    @property
    def worth(self) -> tuple[bool, float]:
        """By which markets make room: the new ones first, and of those who are alike the one silent for longest."""
        return not self.is_new, self.seen_at

    def refuse(self, reason: str, now: float) -> None:
        """A book of it was refused."""
        self.refusal, self.refused_at = reason, now

    def is_suspect(self, now: float) -> bool:
        """Do two books go by its name?"""
        return now < self.suspect_until

    def refer(self, low: float, high: float, now: float) -> None:
        """Prices that came with the symbol, from `low` to `high`, are the newest from now on."""
        if self.reference is NO_REFERENCE:
            self.reference = Reference()
        self.reference.low, self.reference.high, self.reference.at = low, high, now

    def signs(self) -> Mixture:
        """What has been seen of two books under its name."""
        if self.mixture is None:
            self.mixture = Mixture()
        return self.mixture

    def claim(self, depth: int) -> Claim:
        """What is known of the stream of contracts that calls itself a book of `depth` levels."""
        if self.claims is None:
            self.claims = {}
        claim = self.claims.get(depth)
        if claim is None:
            if len(self.claims) >= MOST_DEPTHS:
                del self.claims[min(self.claims.items(), key=_heard_at)[0]]
            claim = self.claims[depth] = Claim(depth)
        self.claimed = claim
        return claim

    def trade_order(self, stream: str) -> TradeOrder:
        """The order of the trades on one of its streams."""
        if self.trades is None:
            self.trades = {}
        order = self.trades.get(stream)
        if order is None:
            order = self.trades[stream] = TradeOrder()
        return order

    def is_waiting(self) -> bool:
        """Are books of it held back?"""
        return bool(self.held) or any(claim.held for claim in (self.claims or {}).values())

    def deepen(self, depth: int, number: int) -> bool:
        """Does a book of `depth` with the id `number` take over: is it deeper, and news among its like?

        Sequences of several depths share ids, and do not arrive at the same time.
        """
        return self.is_shown and depth > self.depth and number > (self.depth_ids or {}).get(depth, NO_ID)

    def change_depth(self, depth: int, named: int) -> None:
        """The book that is accepted next is of this depth, whatever its stream's name says; 0: there is none."""
        self.named_depth = named
        self.usual_depth = depth if depth == named else NOTHING_SHOWN
        if self.depth not in (0, depth):
            ids = self.depth_ids or {}
            ids.pop(self.depth, None)
            if len(ids) >= MOST_DEPTHS:
                del ids[next(iter(ids))]
            self.depth_ids = ids | {self.depth: self.last_id}
        self.depth = depth

    def withdraw(self, last_id: int) -> None:
        """Take back what is shown, and what was accepted after the book of `last_id` (NO_ID: everything)."""
        self.change_depth(0, NOTHING_SHOWN)
        if self.depth_ids:
            self.depth_ids = {depth: min(number, last_id) for depth, number in self.depth_ids.items()}
        accepted = len(self.recent)
        self.return_to(last_id)
        self.others += accepted - len(self.recent)
        self.touch = array("d", UNKNOWN_TOUCH)
        self.unconfirmed_since = None
        self.live_since = UNHEARD


def _heard_at(claim: tuple[int, Claim]) -> float:
    return claim[1].heard_at


def depth_of(named: int, bids: int, asks: int) -> int:
    """How deep a book is that has so many levels a side: as its stream's name says (0: nothing), or as it shows.

    Producers that give all books one name are found out by exactly five or ten levels on both sides. A book that is
    kept whole (MAX_LEVELS) may have so few.
    """
    return bids if named < MAX_LEVELS and is_shallow(bids, asks) else named or UNNAMED_DEPTH


class SymbolMarkets:
    """One name, and the markets that go by it. It `is_known` where one of them has lived before.

    `followed` is the market that the name means where no venue is named (`following.follow`). `refusal` is why the
    newest message under the name could not be read, of whatever market.
    """

    __slots__ = ("followed", "following", "is_known", "markets", "name", "refusal", "refused_at", "since")

    def __init__(self, name: str, since: float, *, is_known: bool = False) -> None:
        self.name = name
        self.since = since
        self.is_known = is_known
        self.markets: dict[str, Market] = {}
        self.followed: Market | None = None
        self.following: Following | None = None
        self.refusal = ""
        self.refused_at = NEVER

    @property
    def heard_at(self) -> float:
        """When anything of it arrived last. Where room is made, all symbols are asked: so there is no call in it."""
        newest = NEVER
        for market in self.markets.values():
            if market.accepted_at > newest:
                newest = market.accepted_at
            if market.heard_at > newest:
                newest = market.heard_at
            if market.reference.at > newest:
                newest = market.reference.at
        return newest

    @property
    def is_new(self) -> bool:
        """Has it been heard for less than a minute? Once it has, it is new no more, however silent it falls."""
        return not self.is_known and self.heard_at - self.since < NEW_SECONDS

    @property
    def worth(self) -> tuple[bool, float]:
        """By which symbols make room: the new ones first, and of those who are alike the one silent for longest."""
        heard_at = self.heard_at
        return self.is_known or heard_at - self.since >= NEW_SECONDS, heard_at

    def least_worth(self) -> Market | None:
        """The market that makes room for another, as symbols do; never the followed one."""
        if len(self.markets) < MOST_MARKETS:
            return None
        others = (market for market in self.markets.values() if market is not self.followed)
        return min(others, key=attrgetter("worth"))

    def refuse(self, reason: str, now: float) -> None:
        """A message under its name could not be read."""
        self.refusal, self.refused_at = reason, now

    def trouble(self, market: Market) -> str:
        """Why a book of `market` was refused since one was accepted; empty where none was."""
        newest = market if market.refused_at >= self.refused_at else self
        return newest.refusal if newest.refused_at > market.accepted_at else ""

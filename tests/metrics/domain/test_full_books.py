"""The books that are kept whole: which are asked for, when, and what is shown of them."""

from heapq import nlargest, nsmallest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.book import MAX_LEVELS, Refused
from metrics.domain.frames import BookChange, BookSnapshot, BookTicker
from metrics.domain.full_books import ANSWER_SECONDS, CALM_SECONDS, FullBooks, Lost
from metrics.domain.market import GAP, WARMING

SPOT = "binance/spot"
BIDS, ASKS = [(99.0, 1.0), (98.0, 2.0)], [(101.0, 1.0), (102.0, 3.0)]


def books(**settings: Any) -> FullBooks:
    usual: dict[str, Any] = {"levels": 20, "max_books": 10, "chance": lambda: 1.0}
    return FullBooks(**usual | settings)


def change(first: int, last: int, bids: Any = (), asks: Any = (), symbol: str = "BTCUSDT") -> BookChange:
    return BookChange(symbol, SPOT, first, last, None, 5.0, list(bids), list(asks))


def snapshot(update_id: int = 10, symbol: str = "BTCUSDT") -> BookSnapshot:
    return BookSnapshot(symbol, SPOT, update_id, BIDS, ASKS)


def whole(of: FullBooks, symbol: str = "BTCUSDT", now: float = 0.0) -> None:
    of.change(change(10, 10, symbol=symbol), now)
    assert of.snapshot(snapshot(symbol=symbol), now)
    of.take_lost()


def test_a_snapshot__is_shown_with_its_best_levels_as_a_book_deeper_than_any_partial_one() -> None:
    of = books(levels=1)

    shown = of.snapshot(snapshot(), 0.0)

    assert shown
    assert (shown.bids, shown.asks, shown.update_id, shown.depth) == ([BIDS[0]], [ASKS[0]], 10, MAX_LEVELS)
    assert not shown.names_symbol


def test_a_change__is_shown_with_its_time() -> None:
    of = books()
    whole(of)

    shown = of.change(change(11, 12, [(100.0, 4.0)]), 0.0)

    assert shown
    assert (shown.bids[0], shown.update_id, shown.event_time) == ((100.0, 4.0), 12, 5.0)


def test_the_first_change_of_a_market__is_a_book_that_waits_and_its_snapshot_is_asked_for() -> None:
    of = books()

    assert of.change(change(11, 12), 0.0) is None

    assert of.take_lost() == [Lost("BTCUSDT", SPOT, WARMING, "awaiting_snapshot")]
    assert of.requests(0.0, 5) == [(SPOT, "BTCUSDT")]


def test_a_request__is_made_again_when_nothing_came_of_it() -> None:
    of = books()
    of.change(change(11, 12), 0.0)
    of.requests(0.0, 5)

    assert not of.requests(ANSWER_SECONDS - 0.1, 5)
    assert of.requests(ANSWER_SECONDS, 5) == [(SPOT, "BTCUSDT")]


def test_whoever_is_not_answered__asks_later_each_time_and_not_before_told() -> None:
    of = books()
    of.change(change(11, 12), 0.0)

    waits = []
    now = 0.0
    for _ in range(8):
        of.not_answered(SPOT, "BTCUSDT", now)
        waits.append(next(step for step in range(200) if of.requests(now + step, 5)))
        now += 1_000
    of.not_answered(SPOT, "BTCUSDT", now, retry_after=90.0)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert not of.requests(now + 89, 5)
    assert of.requests(now + 90, 5)


def test_of_many_that_wait__those_that_have_waited_longest_are_asked_for_first_and_few_at_a_time() -> None:
    of = books()
    for place, symbol in enumerate(("CUSDT", "AUSDT", "BUSDT")):
        of.change(change(1, 1, symbol=symbol), float(place))

    assert of.requests(5.0, 2) == [(SPOT, "CUSDT"), (SPOT, "AUSDT")]
    assert of.requests(5.0, 2) == [(SPOT, "BUSDT")]


def test_a_break__loses_this_book_alone_and_asks_at_once_where_the_last_snapshot_held_for_a_while() -> None:
    of = books()
    whole(of)
    whole(of, "ETHUSDT")
    now = CALM_SECONDS + 1

    assert of.change(change(14, 15), now) is None

    assert of.take_lost() == [Lost("BTCUSDT", SPOT, GAP, "missing_change")]
    assert of.requests(now, 5) == [(SPOT, "BTCUSDT")]
    assert of.change(change(11, 11, symbol="ETHUSDT"), now)


def test_a_book_that_breaks_again_and_again__is_asked_for_less_and_less_often() -> None:
    of, now = books(), 0.0
    of.change(change(10, 10), now)
    waits = []
    for number in range(100, 500, 100):
        assert of.snapshot(snapshot(number), now)
        of.change(change(number + 50, number + 50), now)
        waits.append(next(step for step in range(200) if of.requests(now + step, 5)))
        now += waits[-1]

    assert waits == [1, 2, 4, 8]


def test_a_touch_that_contradicts__loses_the_book() -> None:
    of = books()
    whole(of)

    lost = of.touch(BookTicker("BTCUSDT", SPOT, 10, 99.0, 1.0, 101.0, 9.0), 1.0)

    assert lost == [Lost("BTCUSDT", SPOT, GAP, "contradicted")]
    assert [each.contradicted for each in of.integrity(1.0)] == [1]


def test_a_book_that_crosses__is_lost() -> None:
    of = books()
    whole(of)

    with pytest.raises(Refused, match="crossed"):
        of.change(change(11, 11, [(101.0, 1.0)]), 1.0)

    assert of.take_lost() == [Lost("BTCUSDT", SPOT, GAP, "crossed")]


def test_a_refusal__says_of_which_market() -> None:
    of = books()
    whole(of)

    with pytest.raises(Refused) as told:
        of.change(change(11, 11, [(101.0, 1.0)]), 1.0)

    assert (told.value.symbol, told.value.market) == ("BTCUSDT", SPOT)


def test_markets_of_one_symbol__have_books_of_their_own_and_lose_them_alone() -> None:
    of, other = books(), "okx/spot"
    whole(of)
    of.change(BookChange("BTCUSDT", other, 500, 510, None, 5.0, [], []), 0.0)
    shown = of.snapshot(BookSnapshot("BTCUSDT", other, 510, [(899.0, 1.0)], [(901.0, 1.0)]), 0.0)
    assert shown
    assert (shown.market, shown.bids, shown.update_id) == (other, [(899.0, 1.0)], 510)
    of.take_lost()

    of.change(change(13, 14), 1.0)  # 11 and 12 are missing
    assert of.take_lost() == [Lost("BTCUSDT", SPOT, GAP, "missing_change")]

    shown = of.change(BookChange("BTCUSDT", other, 511, 511, None, 5.0, [(900.0, 1.0)], []), 1.0)
    assert shown
    assert (shown.market, shown.bids[0]) == (other, (900.0, 1.0))
    assert of.totals() == (2, 1)


def test_an_impossible_number__loses_the_book() -> None:
    of = books()
    whole(of)

    with pytest.raises(Refused, match="bad_number"):
        of.change(change(11, 11, [(100.0, -1.0)]), 1.0)

    assert of.take_lost() == [Lost("BTCUSDT", SPOT, GAP, "bad_number")]


def test_levels_that_are_not_all_known__are_not_shown() -> None:
    of = books(levels=101)
    sides = [(100.0 - step, 1.0) for step in range(100)], [(101.0 + step, 1.0) for step in range(100)]

    assert of.snapshot(BookSnapshot("BTCUSDT", SPOT, 10, *sides), 0.0) is None

    assert Lost("BTCUSDT", SPOT, GAP, "out_of_reach") in of.take_lost()


class Ladder:
    """A market of prices a step apart, all its levels, of which an exchange answers with so many a side."""

    def __init__(self, levels: int) -> None:
        self.levels, self.number, self.middle = levels, 10, 10_000
        self.bids = {float(self.middle - step): 1.0 for step in range(1, 1_500)}
        self.asks = {float(self.middle + step): 1.0 for step in range(1_500)}

    def snapshot(self) -> BookSnapshot:
        """As many levels as an exchange answers with."""
        bids = sorted(self.bids.items(), reverse=True)[: self.levels]
        return BookSnapshot("BTCUSDT", SPOT, self.number, bids, sorted(self.asks.items())[: self.levels])

    def move(self, steps: int) -> BookChange:
        """Up, or down where it is less than nothing."""
        bids: dict[float, float] = {}
        asks: dict[float, float] = {}
        for _ in range(abs(steps)):
            if steps > 0:
                bids[float(self.middle)], asks[float(self.middle)] = 1.0, 0.0
                self.middle += 1
            else:
                self.middle -= 1
                bids[float(self.middle)], asks[float(self.middle)] = 0.0, 1.0
        for side, changes in ((self.bids, bids), (self.asks, asks)):
            side.update(changes)
            for price, quantity in changes.items():
                if not quantity:
                    del side[price]
        self.number += 1
        return change(self.number, self.number, bids.items(), asks.items())

    def best(self, count: int) -> Any:
        """What rests there."""
        return nlargest(count, self.bids.items()), nsmallest(count, self.asks.items())


def test_a_book_near_the_edge_of_what_is_known__is_shown_on_while_a_snapshot_is_asked_for() -> None:
    of, market = books(levels=5), Ladder(100)
    of.snapshot(market.snapshot(), 0.0)
    of.take_lost()
    of.change(market.move(80), 31.0)

    assert of.requests(31.0, 5) == [(SPOT, "BTCUSDT")]
    assert of.snapshot(market.snapshot(), 32.0) is None
    for now in range(33, 40):
        shown = of.change(market.move(10), now)
        assert shown
        assert (shown.bids, shown.asks) == market.best(5)
    assert not of.take_lost()
    assert not of.requests(40.0, 5)


def test_a_book_far_from_the_edge__is_left_alone() -> None:
    of, market = books(levels=5), Ladder(100)
    of.snapshot(market.snapshot(), 0.0)

    for now in range(1, 100):
        of.change(market.move(1 if now % 2 else -1), now)
        assert not of.requests(now, 5)
        assert of.snapshot(market.snapshot(), now) is None


@given(
    st.lists(st.tuples(st.integers(-12, 12), st.integers(0, 3)), min_size=20, max_size=60),
    st.sampled_from([500, 1_000]),
)
def test_however_a_market_moves__while_snapshots_are_answered_no_number_is_wrong_and_none_is_missing(
    moves: list[tuple[int, int]], levels: int
) -> None:
    of, market = books(levels=5), Ladder(levels)
    of.snapshot(market.snapshot(), 0.0)
    of.take_lost()
    answers: list[tuple[int, BookSnapshot]] = []
    for place, (steps, delay) in enumerate(moves):
        now = 31.0 * (place + 1)
        shown = of.change(market.move(steps), now)
        assert shown or not steps
        assert not shown or (shown.bids, shown.asks) == market.best(5)
        answers += [(place + delay, market.snapshot()) for _ in of.requests(now, 1)]
        for due, answer in list(answers):
            if due <= place:
                answers.remove((due, answer))
                assert of.snapshot(answer, now) is None
    assert not of.take_lost()


def test_only_the_symbols_that_are_wanted__are_kept() -> None:
    of = books(only={"ETHUSDT"})

    of.change(change(11, 12), 0.0)

    assert not of.take_lost()
    assert not of.requests(0.0, 5)


def test_more_books_than_there_is_room_for__make_room_by_those_silent_for_longest() -> None:
    of = books(max_books=3)
    for now, symbol in enumerate(("AUSDT", "BUSDT", "CUSDT", "DUSDT")):
        of.change(change(1, 1, symbol=symbol), float(now))

    assert sorted(each.symbol for each in of.integrity(5.0)) == ["BUSDT", "CUSDT", "DUSDT"]


def test_what_still_waits__is_told_as_long_as_changes_come() -> None:
    of = books()
    of.change(change(11, 12), 0.0)

    assert of.still_waiting(4.0) == [Lost("BTCUSDT", SPOT, WARMING, "awaiting_snapshot")]
    assert not of.still_waiting(6.0)


def test_integrity__tells_gaps_and_the_share_of_time_a_book_was_whole() -> None:
    of = books()
    whole(of, now=0.0)
    of.change(change(14, 15), 30.0)

    (told,) = of.integrity(40.0)

    assert (told.state, told.gaps, told.snapshots, told.levels) == (GAP, 1, 1, 4)
    assert told.whole_share == 0.75

"""Which market of a symbol is followed, and for which kinds another one stands in."""

from metrics.domain.admission.following import MOST_REMEMBERED, Following, Turn

STALE_AFTER = 5.0
BINANCE, KRAKEN, OKX = "binance/spot", "kraken/spot", "okx/spot"


def turns(heard: list[tuple[str, float]]) -> list[bool]:
    turn = Turn()
    return [turn.hears(source, at, STALE_AFTER) for source, at in heard]


def test_the_first_has_its_turn_until_it_falls_silent():
    heard = [("a", 0.0), ("b", 1.0), ("a", 2.0), ("b", 7.0), ("b", 7.1), ("a", 8.0), ("b", 12.0), ("a", 17.1)]
    assert turns(heard) == [True, False, True, False, True, False, True, True]


def follows(heard: list[tuple[str, str, float]], live: str | None = None) -> list[bool]:
    following = Following()
    return [following.follows(kind, market, live, at, STALE_AFTER) for kind, market, at in heard]


def test_without_a_live_book_the_market_that_was_heard_first_is_followed():
    assert follows([("Trade", BINANCE, 0.0), ("Trade", KRAKEN, 0.1), ("Ticker", BINANCE, 0.2)]) == [
        True,
        False,
        True,
    ]


def test_the_market_of_the_live_book_is_followed_whoever_was_first():
    assert follows([("Trade", KRAKEN, 0.0), ("Trade", BINANCE, 0.1)], live=BINANCE)[1]


def test_a_market_is_kept_while_any_kind_of_it_comes():
    heard = [
        ("Trade", BINANCE, 0.0),
        ("Ticker", BINANCE, 4.0),
        ("Ticker", BINANCE, 8.0),
        ("Trade", KRAKEN, 9.0),
    ]
    assert follows(heard) == [True, True, True, False]


def test_a_kind_that_the_followed_market_has_not_brought_for_a_minute_comes_from_the_next_that_does():
    """Before that it may only not have brought it yet: tickers come once a second, and some trades once a minute."""
    following, told = Following(), []
    for second in range(63):
        assert following.follows("BookUpdate", BINANCE, BINANCE, second, STALE_AFTER)
        for market in (KRAKEN, OKX):
            told.append(
                (following.follows("Trade", market, BINANCE, second + 0.5, STALE_AFTER), market, second)
            )
    assert [(market, second) for is_followed, market, second in told if is_followed] == [
        (KRAKEN, 60),
        (KRAKEN, 61),
        (KRAKEN, 62),
    ]


def test_tickers_of_another_market_are_not_followed_before_those_of_the_live_one_have_come():
    heard = [
        ("Ticker", KRAKEN, 0.0),
        ("BookUpdate", BINANCE, 0.1),
        ("Ticker", KRAKEN, 1.0),
        ("Ticker", BINANCE, 1.1),
        ("Ticker", KRAKEN, 2.0),
    ]
    assert follows(heard, live=BINANCE) == [False, True, False, True, False]


def test_all_kinds_that_the_followed_market_lacks_come_from_the_same_one_where_that_brings_them():
    """Kraken was heard first, and its books stay away for a minute: until then they may still come."""
    following = Following()
    told = {(kind, market): 0 for kind in ("BookUpdate", "Ticker") for market in (KRAKEN, OKX)}
    for second in range(200):
        assert following.follows("Trade", BINANCE, None, second, STALE_AFTER)
        for kind, market in (
            ("Ticker", KRAKEN),
            ("Ticker", OKX),
            ("BookUpdate", KRAKEN),
            ("BookUpdate", OKX),
        ):
            told[kind, market] += following.follows(kind, market, None, second + 0.5, STALE_AFTER)
    assert told == {
        ("BookUpdate", KRAKEN): 140,
        ("Ticker", KRAKEN): 140,
        ("BookUpdate", OKX): 0,
        ("Ticker", OKX): 0,
    }


def test_who_stands_in_and_falls_silent_is_replaced_and_comes_back_behind_the_others():
    following, told = Following(), []
    for second in range(120):
        following.follows("BookUpdate", BINANCE, BINANCE, second, STALE_AFTER)
        for market in (KRAKEN, OKX):
            is_silent = market == KRAKEN and 80 <= second < 90
            if not is_silent and following.follows("Trade", market, BINANCE, second + 0.5, STALE_AFTER):
                told.append(market)
    assert told == [KRAKEN] * 20 + [OKX] * 35


def test_no_other_stands_in_while_the_followed_market_brought_the_kind_within_a_minute():
    following = Following()
    assert following.follows("Trade", BINANCE, BINANCE, 0.0, STALE_AFTER)
    assert not following.follows("Trade", KRAKEN, BINANCE, 60.0, STALE_AFTER)
    assert following.follows("Trade", KRAKEN, BINANCE, 60.1, STALE_AFTER)
    assert following.follows("Trade", BINANCE, BINANCE, 60.2, STALE_AFTER)
    assert not following.follows("Trade", KRAKEN, BINANCE, 60.3, STALE_AFTER)


def test_a_flood_of_made_up_markets_makes_no_other_stand_in_and_does_not_pile_up():
    following = Following()
    for number in range(10 * MOST_REMEMBERED):
        at = number / 100
        if number % 50 == 0:
            assert following.follows("Trade", BINANCE, BINANCE, at, STALE_AFTER)
        assert not following.follows("Trade", f"venue{number}/spot", BINANCE, at, STALE_AFTER)
    assert len(following._markets) <= MOST_REMEMBERED

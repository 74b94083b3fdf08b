"""Which markets somebody asks for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.choice import EACH, FOLLOWED, Choice, read_choice
from metrics.domain.market import FORMS, MOST_MARKETS, MarketRow
from tests.factories import market_row

MARKETS = ("binance/spot", "binance/usdm", "okx/spot", "okx/usdm", "kraken/spot")
VENUES = ("binance", "okx", "kraken", "nowhere")
rows = st.permutations(MARKETS).flatmap(
    lambda markets: st.integers(0, len(markets)).map(
        lambda count: [market_row(market=market) for market in markets[:count]]
    )
)
"""Those of one symbol in any order, the followed one first."""


def chosen(asked: tuple[str | None, str | None], of: list[MarketRow]) -> dict[str, str]:
    return {name: row.market for name, row in read_choice(*asked).of(of).items()}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ((None, None), {"BTCUSDT": "okx/spot"}),
        (("binance", None), {"BTCUSDT": "binance/spot"}),
        ((None, "usdm"), {"BTCUSDT": "binance/usdm"}),
        (("okx", "usdm"), {}),
        (("kraken", None), {}),
        ((" OKX ", "spot"), {"BTCUSDT": "okx/spot"}),
        (("okx,kraken", None), {"BTCUSDT@okx": "okx/spot"}),
        (("binance,okx", "spot"), {"BTCUSDT@okx": "okx/spot", "BTCUSDT@binance": "binance/spot"}),
        (
            ("*", None),
            {
                "BTCUSDT@okx": "okx/spot",
                "BTCUSDT@binance": "binance/spot",
                "BTCUSDT@binance-usdm": "binance/usdm",
            },
        ),
        (("*", "usdm"), {"BTCUSDT@binance-usdm": "binance/usdm"}),
    ],
)
def test_of_one_venue_or_form_one_market_is_chosen_and_of_several_each_by_its_own_name(
    asked: tuple[str | None, str | None], found: dict[str, str]
):
    of = [market_row(market=market) for market in ("okx/spot", "binance/spot", "binance/usdm")]
    assert chosen(asked, of) == found
    assert list(chosen(asked, of)) == list(found)


@pytest.mark.parametrize(
    ("venue", "form", "says"),
    [
        ("", None, "venue must be"),
        ("okx,", None, "venue must be"),
        ("okx,*", None, "venue must be"),
        ("okx/spot", None, "venue must be"),
        ("o k x", None, "venue must be"),
        ("-okx", None, "venue must be"),
        ("o" * 33, None, "venue must be"),
        ("bïnance", None, "venue must be"),
        (",".join(f"v{number}" for number in range(MOST_MARKETS + 1)), None, "venue must be"),
        ("okx", "", "form must be one of spot, usdm"),
        ("okx", "SPOT", "form must be one of spot, usdm"),
        (None, "swap", "form must be one of spot, usdm"),
    ],
)
def test_what_cannot_be_asked_for_is_said_to_be_wrong(venue: str | None, form: str | None, says: str):
    with pytest.raises(ValueError, match=says):
        read_choice(venue, form)


def test_who_asks_for_nothing_gets_what_is_followed():
    assert read_choice(None, None) == FOLLOWED
    assert read_choice(EACH, None) != FOLLOWED


@given(
    of=rows,
    venues=st.none() | st.just(EACH) | st.lists(st.sampled_from(VENUES), min_size=1, max_size=3, unique=True),
    form=st.none() | st.sampled_from(FORMS),
)
def test_any_choice_of_any_rows_is_what_was_asked_for_one_by_one(
    of: list[MarketRow], venues: str | list[str] | None, form: str | None
):
    asked = ",".join(venues) if isinstance(venues, list) else venues
    choice = read_choice(asked, form)
    found = choice.of(of)
    is_each = venues == EACH or (isinstance(venues, list) and len(venues) > 1)
    expected: dict[str, MarketRow] = {}
    for row in of:
        venue, row_form = row.market.split("/")
        is_meant = (not isinstance(venues, list) or venue in venues) and form in (None, row_form)
        assert choice.takes(row.id) == is_meant
        if is_meant and (is_each or not expected):
            name = f"BTCUSDT@{venue}" + ("-usdm" if row_form == "usdm" else "")
            expected[name if is_each else "BTCUSDT"] = row
    assert found == expected
    assert list(found) == list(expected)
    assert all(choice.name(row.id) == name for name, row in found.items())


@given(st.text(max_size=40) | st.from_regex(r"[a-z0-9,*_\- ]{1,40}", fullmatch=True), st.text(max_size=5))
def test_whatever_is_asked_for_is_a_choice_or_said_to_be_wrong(venue: str, form: str):
    names = [name.strip().lower() for name in venue.split(",")]
    is_sound = venue == EACH or all(re.fullmatch("[a-z0-9][a-z0-9_-]{0,31}", name) for name in names)
    try:
        choice = read_choice(venue, form or None)
    except ValueError:
        assert not is_sound or form not in ("", *FORMS) or len(names) > MOST_MARKETS
    else:
        assert is_sound
        assert choice == Choice(
            None if venue == EACH else frozenset(names), form or None, is_each=venue == EACH or len(names) > 1
        )

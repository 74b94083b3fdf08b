"""What the panel of liquidity has first: lengths of bars, and why a cost is not known."""

from typing import Any, cast

import pytest

from metrics.answers.liquidity_shapes import LiquidityNow
from metrics.pages.liquidity_panel import drawn, shortfalls


def body(mid: float | None = 100.25, dollar: float | None = 1.0, **ways: list[float]) -> LiquidityNow:
    """An answer of which sizes that either way can be traded are given."""
    sizes = (10_000.0, 100_000.0, 1_000_000.0)
    told: dict[str, Any] = {
        "mid_price": mid,
        "usd_per_quote": dollar,
        "known_to_bps": {"bid": 41.2345, "ask": 57.1},
        "costs": [
            {
                "size_usd": size,
                **{way: {"bps": 1.0} if size in known else None for way, known in ways.items()},
            }
            for size in reversed(sizes)
        ],
    }
    return cast(LiquidityNow, told)


def test_a_side_that_holds_less_than_a_size_says_how_far_it_is_known():
    told = body(buy=[10_000.0], sell=[10_000.0, 100_000.0, 1_000_000.0])
    assert list(shortfalls(told)) == ["Asks: less than $100k within 57.10 bps, as far as they are known."]
    both = list(shortfalls(body(buy=[], sell=[10_000.0, 100_000.0])))
    assert both == [
        "Asks: less than $10k within 57.10 bps, as far as they are known.",
        "Bids: less than $1M within 41.23 bps, as far as they are known.",
    ]


def test_where_every_cost_is_known_nothing_is_explained():
    sizes = [10_000.0, 100_000.0, 1_000_000.0]
    assert list(shortfalls(body(buy=sizes, sell=sizes))) == []


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            body(mid=None, buy=[], sell=[]),
            "Costs are not known: there is no book of two sides to reckon with.",
        ),
        (
            body(dollar=None, buy=[], sell=[]),
            "Costs are not known: no live market tells what its quote asset is in dollars.",
        ),
    ],
)
def test_what_has_no_mid_price_or_no_dollars_says_so(told: LiquidityNow, sentence: str):
    assert list(shortfalls(told)) == [sentence]


def side(notional: float) -> dict[str, Any]:
    return {"quantity": 1.0, "notional": notional, "usd": None}


def test_the_longest_bar_is_the_most_that_any_side_holds_and_what_is_not_known_has_none():
    bands = [{"bid": side(50.0), "ask": side(100.0)}, {"bid": side(200.0), "ask": None}]
    lengths = [(each["bid_bar"], each["ask_bar"]) for each in drawn(cast(Any, bands))]
    assert lengths == [("25.0", "50.0"), ("100.0", "0.0")]


def test_bands_that_hold_nothing_have_no_bars():
    bands = [{"bid": side(0.0), "ask": None}]
    assert [(each["bid_bar"], each["ask_bar"]) for each in drawn(cast(Any, bands))] == [("0.0", "0.0")]

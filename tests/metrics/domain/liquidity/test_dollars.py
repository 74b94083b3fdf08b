"""Which quote assets can be put into dollars."""

import pytest

from metrics.domain.liquidity.dollars import dollars_per, priced_by

MIDS: dict[str, float | None] = {
    "BTCUSDT": 60_000.0,
    "EURUSDT": 1.25,
    "USDTBRL": 5.0,
    "ETHUSDT": None,
    "USDTETH": 0.0004,
}


@pytest.mark.parametrize(
    ("asset", "dollars"),
    [
        ("USDT", 1.0), ("USDC", 1.0), ("FDUSD", 1.0), ("USD", 1.0),
        ("BTC", 60_000.0), ("EUR", 1.25),
        ("BRL", 0.2),
        ("ETH", 2_500.0),
        ("TRY", None), ("other", None), ("DAI", None),
    ],
)  # fmt: skip
def test_dollars_by_the_market_against_usdt__else_by_its_inverse(asset: str, dollars: float | None):
    assert dollars_per(asset, lambda symbol: MIDS.get(symbol)) == dollars


def test_while_the_market_is_away_nothing_is_known_in_dollars():
    assert dollars_per("BTC", lambda symbol: None) is None


def test_the_symbols_that_tell_are_known_before_they_are_asked():
    assert priced_by("BRL") == ("BRLUSDT", "USDTBRL")
    assert priced_by("USDC") == ()

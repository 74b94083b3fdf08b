"""Every frame says which markets there are, so that whoever shows some of them can offer the others."""

import json

from metrics.domain.choice import read_choice
from metrics.domain.market import Expiry
from metrics.push.frames import EVERYTHING, Filter, MarketFrames
from tests.factories import START, market_row


def test_markets_are_told_whatever_was_asked_for_and_when_they_are_gone():
    frames = MarketFrames(Expiry(), 250)
    spot, contracts = market_row(symbol="BTCUSDT"), market_row(symbol="BTCUSDT", market="okx/usdm")
    frames.load({"BTCUSDT": [spot, contracts]}, START)
    for wanted in (EVERYTHING, Filter(choice=read_choice("binance", None))):
        assert json.loads(frames.snapshot(wanted, START))["markets"] == ["binance/spot", "okx/usdm"]
    frames.view.apply([[spot]], [], START)
    frames.begin_update()
    assert json.loads(frames.update(EVERYTHING, START))["markets"] == ["binance/spot"]

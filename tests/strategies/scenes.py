"""Frames and scripted markets for the strategies' tests: short ways to write what arrives, and when."""

from collections.abc import Iterable
from typing import Any

from metrics.domain.book import BookUpdate
from metrics.domain.frames import BookTicker, Dominance, OnchainFlow, Ticker, Trade
from strategies.domain.decision import Decision
from strategies.domain.evaluators import EVALUATORS

START = 1_800_000_000.0
HOUR = 3600.0
Timed = tuple[float, Any]


def book(bids, asks, symbol="BTCUSDT", market="binance/spot", update_id=1):
    return BookUpdate(symbol, market, update_id, None, list(bids), list(asks), b"", depth=20)


def balanced(bid_quantity=1.0, ask_quantity=1.0, *, bid=60000.0, ask=60001.0, levels=5, **more):
    """`levels` a side, each of the given quantity."""
    return book(
        [(bid - step, bid_quantity) for step in range(levels)],
        [(ask + step, ask_quantity) for step in range(levels)],
        **more,
    )


def volumes_by_level(bids, asks):
    """A book with these quantities, best level first."""
    return book(
        [(60000.0 - step, quantity) for step, quantity in enumerate(bids)],
        [(60001.0 + step, quantity) for step, quantity in enumerate(asks)],
    )


def trade(
    price,
    quantity=1.0,
    *,
    sold=False,
    symbol="BTCUSDT",
    market="binance/spot",
    stream="trade",
    number=1,
    at=START,
):
    return Trade(symbol, market, number, price, quantity, sold, at, at, stream)


def ticker(last, trades=1000, *, quote_volume=1e9, symbol="BTCUSDT", market="binance/spot", at=START, **more):
    return Ticker(symbol, market, last, 1.0, quote_volume, trades, 0.0, at, **more)


def touch(bid, ask, *, quantity=1.0, symbol="BTCUSDT", venue="binance", form="spot", update_id=1):
    return BookTicker(symbol, f"{venue}/{form}", update_id, bid, quantity, ask, quantity)


def run(strategy_id: str, frames: Iterable[Timed], **changed) -> list[Decision]:
    """What a strategy decides about the symbol of its first frame, with some parameters changed."""
    evaluator = EVALUATORS[strategy_id]
    parameters, state = evaluator.parameters(**changed), evaluator.new_state()
    return [
        decision
        for now, frame in frames
        if evaluator.symbol_of(frame) is not None
        for decision in evaluator.evaluate(state, frame, parameters, now)
    ]


def actions(decisions: Iterable[Decision]) -> list[str]:
    return [decision.action for decision in decisions]


def trades(prices, *, sold=False, quantity=1.0, every=1.0, start=START) -> list[Timed]:
    return [(start + every * step, trade(price, quantity, sold=sold)) for step, price in enumerate(prices)]


def calm(count=40, price=60000.0, tick=0.01, every=1.0) -> list[Timed]:
    """A price that goes nowhere, buyers and sellers in turn."""
    return [
        (START + every * step, trade(price + tick * (step // 2 % 2), sold=step % 2 == 0))
        for step in range(count)
    ]


def climb(count, price=60000.0, step=6.0) -> list[float]:
    """A price that rises (with a negative step: falls) unevenly."""
    return [price + step * (index + 0.3 * (index % 3)) for index in range(1, count + 1)]


def tickers(prices, counts, *, every=5.0, start=START) -> list[Timed]:
    return [
        (start + every * step, ticker(price, count))
        for step, (price, count) in enumerate(zip(prices, counts, strict=True))
    ]


def accelerating(percent=1.0, steps=12, *, growth=2.0, price=60000.0, every=5.0) -> list[Timed]:
    """One minute in which the price moves by `percent`, faster and faster, and so does activity."""
    share = [(step / steps) ** 2 for step in range(steps + 1)]
    counts = [1000 + round(200 * (step / steps) ** growth) for step in range(steps + 1)]
    return tickers([price * (1 + percent / 100 * part) for part in share], counts, every=every)


def priced(frames: Iterable[Timed], price=60000.0, symbol="BTCUSDT") -> list[Timed]:
    """The same, with a ticker of the market just before each."""
    return [each for now, frame in frames for each in ((now, ticker(price, symbol=symbol)), (now, frame))]


def unpriced(frames: Iterable[Timed]) -> list[Timed]:
    return [(now, frame) for now, frame in frames if not isinstance(frame, Ticker)]


def dominance(values, *, every=60.0, start=START) -> list[Timed]:
    return priced((start + every * step, Dominance(value, 0.0)) for step, value in enumerate(values, start=1))


def ramp(low, high, count) -> list[float]:
    return [low + (high - low) * step / (count - 1) for step in range(count)]


def gap(percent=0.6, *, seconds=10, price=60000.0, start=START, quantity=1.0, dear="coinbase"):
    """A second apart, both venues' touches; the dear one bids `percent` above what the cheap one asks."""
    cheap_ask, dear_bid = price, price * (1 + percent / 100)
    frames: list[Timed] = []
    for second in range(seconds):
        now = start + second
        frames.append((now, touch(cheap_ask - 1, cheap_ask, quantity=quantity)))
        frames.append((now, touch(dear_bid, dear_bid + 1, quantity=quantity, venue=dear)))
    return frames


def flow(net_percent, *, period, transfers=(), asset="BTC", gross=2000.0):
    out = gross * (100 + net_percent) / 200
    return OnchainFlow(asset, gross - out, out, list(transfers), START + HOUR * period)


def flows(nets, *, transfers=(), asset="BTC", every=HOUR) -> list[Timed]:
    reports = [
        (START + every * period, flow(net, period=period, transfers=transfers, asset=asset))
        for period, net in enumerate(nets, start=1)
    ]
    return priced(reports, symbol=f"{asset}USDT")

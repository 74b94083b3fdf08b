"""The evaluators by strategy: what each reads, whose configuration decides, and the function itself."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from configuration.domain.catalogue import (
    CATALOGUE,
    BtcDominance,
    CrossExchangeSpread,
    OnchainMetrics,
    OrderbookSkew,
    TickerVelocity,
    TradeMomentum,
)
from configuration.domain.strategy import DeclarationError, StrategyParameters
from metrics.domain.book import BookUpdate
from metrics.domain.frames import BookTicker, Dominance, Frame, OnchainFlow, Ticker, Trade
from strategies.domain import (
    btc_dominance,
    cross_exchange_spread,
    onchain_metrics,
    orderbook_skew,
    ticker_velocity,
    trade_momentum,
)
from strategies.domain.counted import Counted
from strategies.domain.decision import Decisions, Edge
from strategies.domain.measuring import Measuring
from strategies.domain.pause import Pause, resume_newest

HOUR = 3600.0


def keep(state: Any, market: str) -> None:
    """For a strategy that remembers nothing of books."""


def forget_price(state: Any, market: str) -> None:
    """For a strategy that asks where the market stands."""
    state.price.forget()


def forget_edge(state: Edge, market: str) -> None:
    """For a strategy that remembers which condition held."""
    state.rises(None)


def at_the_moment(parameters: Any) -> float:
    """For a strategy that goes by the newest messages alone, however old they are."""
    return 0.0


def time_window(parameters: TickerVelocity) -> float:
    """The span that velocity is measured over."""
    return float(parameters.time_window)


def window_hours(parameters: BtcDominance) -> float:
    """The span that a shift is measured over, and the sample in force when it begins, which may have come two minutes
    before. With less of it the strategy decides as well, but not the same."""
    return HOUR * parameters.window_hours + 2 * btc_dominance.MINUTE


def reports(parameters: OnchainMetrics) -> int:
    """So many are averaged."""
    return max(parameters.accumulation_periods, parameters.distribution_periods)


def hours_of_reports(parameters: OnchainMetrics) -> float:
    """Reports come once an hour, or faster."""
    return HOUR * reports(parameters)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """One strategy at work.

    `symbol_of` returns the symbol a frame is about, None where the strategy has no use for it; state is kept,
    and configuration resolved, per such symbol. With `all_venues` a strategy sees every venue of a symbol,
    otherwise only the one that is followed. `withdraw` makes a state forget the books of a market: they were false.
    `measuring` is what people are shown beside parameters that are held against the market. `window` is how many
    seconds of the market a decision may depend on, under some parameters, `counted` what of it counts by
    number, and `pause` what it decides nothing after.
    """

    parameters: type[StrategyParameters]
    reads: frozenset[type[Frame]]
    new_state: Callable[[], Any]
    evaluate: Callable[[Any, Any, Any, float], Decisions]
    symbol_of: Callable[[Any], str | None]
    all_venues: bool = False
    withdraw: Callable[[Any, str], None] = keep
    measuring: Measuring | None = None
    window: Callable[[Any], float] = at_the_moment
    counted: Counted | None = None
    pause: Pause | None = None

    @property
    def strategy_id(self) -> str:
        return self.parameters.strategy_id

    @property
    def name(self) -> str:
        return self.parameters.name


def own_symbol(frame: Any) -> str:
    """The symbol of the frame itself."""
    return str(frame.symbol)


def bitcoin(frame: Dominance | Ticker | BookUpdate) -> str | None:
    """Dominance is about Bitcoin, and so are all USDT tickers together."""
    if isinstance(frame, Dominance):
        return btc_dominance.SYMBOL
    is_volume = isinstance(frame, Ticker) and frame.symbol.endswith(btc_dominance.QUOTE)
    return btc_dominance.SYMBOL if is_volume or frame.symbol == btc_dominance.SYMBOL else None


def symbol_of_asset(frame: OnchainFlow | Ticker | BookUpdate) -> str | None:
    """What is traded for the asset of a report; market frames of those symbols give the price."""
    if isinstance(frame, OnchainFlow):
        return onchain_metrics.SYMBOLS.get(frame.asset)
    return frame.symbol if frame.symbol in onchain_metrics.SYMBOLS.values() else None


_ALL = [
    Evaluator(
        OrderbookSkew,
        frozenset({BookUpdate}),
        Edge,
        orderbook_skew.evaluate,
        own_symbol,
        withdraw=forget_edge,
        measuring=orderbook_skew.MEASURING,
    ),
    Evaluator(
        TradeMomentum,
        frozenset({Trade}),
        trade_momentum.State,
        trade_momentum.evaluate,
        own_symbol,
        measuring=trade_momentum.MEASURING,
    ),
    Evaluator(
        TickerVelocity,
        frozenset({Ticker}),
        ticker_velocity.State,
        ticker_velocity.evaluate,
        own_symbol,
        measuring=ticker_velocity.MEASURING,
        window=time_window,
    ),
    Evaluator(
        BtcDominance,
        frozenset({Dominance, Ticker, BookUpdate}),
        btc_dominance.State,
        btc_dominance.evaluate,
        bitcoin,
        withdraw=forget_price,
        window=window_hours,
        pause=Pause(resume_newest),
    ),
    Evaluator(
        CrossExchangeSpread,
        frozenset({BookUpdate, BookTicker}),
        cross_exchange_spread.State,
        cross_exchange_spread.evaluate,
        own_symbol,
        all_venues=True,
        withdraw=cross_exchange_spread.withdraw,
        measuring=cross_exchange_spread.MEASURING,
        pause=Pause(cross_exchange_spread.resume),
    ),
    Evaluator(
        OnchainMetrics,
        frozenset({OnchainFlow, Ticker, BookUpdate}),
        onchain_metrics.State,
        onchain_metrics.evaluate,
        symbol_of_asset,
        withdraw=forget_price,
        window=hours_of_reports,
        counted=Counted(
            reports, lambda state: len(state.reports), frozenset(onchain_metrics.SYMBOLS.values())
        ),
        pause=Pause(resume_newest),
    ),
]


def evaluators_of(declared: Iterable[Evaluator]) -> Mapping[str, Evaluator]:
    """Evaluators by strategy id, in the order of the catalogue; each strategy there has one."""
    evaluators: dict[str, Evaluator] = {}
    for evaluator in declared:
        if evaluator.strategy_id not in CATALOGUE:
            raise DeclarationError(
                f"{evaluator.parameters.__name__} has an evaluator and is not in the catalogue: "
                "add it to the list in configuration/domain/catalogue/__init__.py"
            )
        if evaluator.strategy_id in evaluators:
            raise DeclarationError(f"{evaluator.parameters.__name__} has two evaluators")
        if evaluator.measuring and (
            strangers := evaluator.measuring.parameters.difference(evaluator.parameters.__struct_fields__)
        ):
            raise DeclarationError(
                f"{evaluator.parameters.__name__} has no parameter {min(strangers)}, "
                "with which its evaluator compares something"
            )
        evaluators[evaluator.strategy_id] = evaluator
    for strategy_id, spec in CATALOGUE.items():
        if strategy_id not in evaluators:
            raise DeclarationError(
                f"{spec.parameters_class.__name__} has no evaluator: "
                "add one to the list in strategies/domain/evaluators.py, as docs/configuration.md shows"
            )
    return MappingProxyType({strategy_id: evaluators[strategy_id] for strategy_id in CATALOGUE})


EVALUATORS = evaluators_of(_ALL)

"""Shapes of the answers, for the OpenAPI document; tests hold the real answers against them.

A class whose component would have the name of something else ends in Serializer, which the document leaves off.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers as s

from metrics.domain.market import STATES, TRENDS
from metrics.domain.reasons import REASONS
from rest.shapes import Shape

PROCESS_STATES = ("running", "silent")
HALTED = "True while a halt covers the symbol in every strategy."


def number(text: str = "") -> s.FloatField:
    """A number that is null when it cannot be known."""
    return s.FloatField(allow_null=True, help_text=text)


class ProblemSerializer(Shape):
    error = s.CharField()
    message = s.CharField()


class NoFeedProblem(ProblemSerializer):
    last_message_age_ms = s.IntegerField(allow_null=True, required=False)


class QueryProblem(Shape):
    error = s.CharField()
    detail = s.CharField(help_text="Names the parameter and what it may be.")
    fields = s.DictField(child=s.ListField(child=s.CharField()), required=False)  # type: ignore[assignment]


class Imbalance(Shape):
    ratio = number("(bid - ask) / (bid + ask), in [-1, 1].")
    percent = number("The ratio in percent.")
    bid_volume = number("Base quantity on the bid side.")
    ask_volume = number("Base quantity on the ask side.")


class PressureNow(Shape):
    buy_pressure = number("0 to 100; with sell_pressure it makes 100.")
    sell_pressure = number("0 to 100.")
    net_pressure = number("-100 to 100.")
    interpretation = s.ChoiceField(TRENDS, allow_null=True)


class Liquidity(Shape):
    total = number("Base quantity on both sides.")
    bid_depth_5 = number()
    ask_depth_5 = number()
    bid_depth_10 = number()
    ask_depth_10 = number()
    bid_notional = number("In the quote asset.")
    ask_notional = number("In the quote asset.")


class Spread(Shape):
    best_bid = number()
    best_ask = number()
    spread_abs = number("In the quote asset.")
    spread_bps = number("In hundredths of a percent of the mid price.")
    mid_price = number()
    microprice = number("Touch prices weighted by the opposite quantities.")


class Vwap(Shape):
    bid = number()
    ask = number()
    spread = number()


class Quality(Shape):
    bid_levels = s.IntegerField()
    ask_levels = s.IntegerField()
    total_levels = s.IntegerField()


class PricedVolume(Shape):
    price = s.FloatField()
    volume = s.FloatField()


class Strongest(Shape):
    bid = PricedVolume(allow_null=True)
    ask = PricedVolume(allow_null=True)


class Depth(Shape):
    symbol = s.CharField()
    timestamp = s.DateTimeField(help_text="When the book arrived here.")
    event_time = s.DateTimeField(allow_null=True, help_text="The exchange's clock, where the wire has it.")
    state = s.ChoiceField(STATES)
    reason = s.ChoiceField(
        tuple(REASONS),
        allow_null=True,
        help_text="Why it is not live, null where it is: docs/market-data.md.",
    )
    age_ms = s.IntegerField()
    halted = s.BooleanField(help_text=HALTED)
    levels_used = s.IntegerField(help_text="Most levels a side that enter the metrics.")
    imbalance = Imbalance()
    pressure = PressureNow()
    liquidity = Liquidity()
    spread = Spread()
    vwap = Vwap()
    order_book_quality = Quality()
    strongest_levels = Strongest()


class PressurePoint(Shape):
    timestamp = s.DateTimeField()
    pressure = s.FloatField()


class ImbalancePoint(Shape):
    timestamp = s.DateTimeField()
    imbalance = s.FloatField()


class PressureSummary(Shape):
    avg_pressure = number()
    max_pressure = number()
    min_pressure = number()
    trend = s.ChoiceField(TRENDS)
    trend_strength = s.FloatField(help_text="0 to 1.")


class Pressure(Shape):
    symbol = s.CharField()
    timeframe = s.CharField()
    summary = PressureSummary()
    data_points = s.IntegerField()
    returned_data_points = s.IntegerField()
    pressure_history = PressurePoint(many=True)
    imbalance_history = ImbalancePoint(many=True)


class Sentiment(Shape):
    bullish_symbols = s.IntegerField()
    bearish_symbols = s.IntegerField()
    neutral_symbols = s.IntegerField()
    avg_net_pressure = number()
    avg_imbalance_ratio = number()


class MarketLiquidity(Shape):
    avg_spread_bps = number()
    total_liquidity = s.FloatField(
        help_text="Sum of base quantities of different assets; for compatibility only."
    )
    total_notional = s.DictField(child=s.FloatField(), help_text="By quote asset.")


class Ranked(Shape):
    symbol = s.CharField()
    net_pressure = s.FloatField()


class TopPressure(Shape):
    highest_buy_pressure = Ranked(many=True)
    highest_sell_pressure = Ranked(many=True)


class Summary(Shape):
    timestamp = s.DateTimeField()
    symbols_tracked = s.IntegerField()
    symbols_excluded = s.DictField(child=s.IntegerField(), help_text="By state.")
    market_sentiment = Sentiment()
    liquidity = MarketLiquidity()
    top_pressure_symbols = TopPressure()


class Row(Shape):
    timestamp = s.DateTimeField()
    state = s.ChoiceField(STATES)
    reason = s.ChoiceField(
        tuple(REASONS),
        allow_null=True,
        help_text="Why it is not live, null where it is: docs/market-data.md.",
    )
    age_ms = s.IntegerField()
    halted = s.BooleanField(help_text=HALTED)
    net_pressure = number()
    imbalance_percent = number()
    spread_bps = number()
    total_liquidity = number()
    mid_price = number()
    trend = s.ChoiceField(TRENDS)


class Pagination(Shape):
    total = s.IntegerField(help_text="Rows that match.")
    limit = s.IntegerField(allow_null=True)
    offset = s.IntegerField()
    has_next = s.BooleanField()
    has_previous = s.BooleanField()


class All(Shape):
    symbols_count = s.IntegerField(help_text="Rows in this answer.")
    metrics = s.DictField(child=Row(), help_text="By symbol, in the order asked for.")
    pagination = Pagination()


class Sparklines(Shape):
    interval_seconds = s.IntegerField()
    symbols = s.DictField(child=s.ListField(child=s.FloatField(allow_null=True)))


class HistoryRow(Shape):
    timestamp = s.DateTimeField(help_text="Start of the row's span.")
    pressure_open = number()
    pressure_high = number()
    pressure_low = number()
    pressure_close = number()
    pressure_mean = number()
    mid_open = number()
    mid_high = number()
    mid_low = number()
    mid_close = number()
    mid_mean = number()
    spread_bps_mean = number()
    spread_bps_max = number()
    depth_mean = number("Mean base quantity on both sides.")
    updates = s.IntegerField()
    seconds_not_live = s.FloatField()


class History(Shape):
    symbol = s.CharField()
    resolution = s.CharField()
    rows = HistoryRow(many=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return {**fields, "from": s.DateTimeField(), "to": s.DateTimeField()}


class NotLiveSerializer(Shape):
    symbol = s.CharField()
    state = s.ChoiceField(STATES, allow_null=True, help_text="Null where nothing of it can be shown.")
    reason = s.ChoiceField(tuple(REASONS))
    explanation = s.CharField(help_text="The reason in words.")


class WrongClock(Shape):
    venue = s.CharField()
    late_seconds = s.FloatField(
        help_text="All it sends is late by about this much (negative: ahead): a clock is wrong, there or here."
    )


RESTARTS = (
    "How often whoever runs the process has started it again after it died, the last time at `started_at`."
)


class Feed(Shape):
    instance = s.CharField()
    state = s.ChoiceField(PROCESS_STATES)
    partition = s.CharField(help_text="Which share of the symbols, i/n.")
    subjects = s.ListField(child=s.CharField())
    connected = s.BooleanField(help_text="To NATS.")
    nats_away_since = s.DateTimeField(allow_null=True, help_text="Null while the feed is connected to NATS.")
    quiet_notice = s.CharField(
        allow_blank=True,
        help_text="A sentence while the feed is connected and no message arrives: where, and what to try.",
    )
    started_at = s.DateTimeField()
    restarts = s.IntegerField(help_text=RESTARTS)
    reported_at = s.DateTimeField()
    last_message_at = s.DateTimeField(allow_null=True)
    last_message_age_ms = s.IntegerField(allow_null=True)
    rate_per_second = s.FloatField()
    lag_ms = number(
        "Receipt minus event time of the newest book; negative when the exchange's clock is ahead."
    )
    publish_ms = s.FloatField()
    symbols = s.IntegerField()
    messages = s.IntegerField()
    accepted = s.IntegerField()
    refused = s.DictField(child=s.IntegerField(), help_text="By reason.")
    ignored = s.DictField(child=s.IntegerField(), help_text="By kind.")
    new_runs = s.IntegerField()
    evicted = s.IntegerField()
    slow_consumer_drops = s.IntegerField()
    errors = s.DictField(child=s.IntegerField())  # type: ignore[assignment]
    withdrawals = s.IntegerField(help_text="How often what was shown turned out false and was taken back.")
    not_live_count = s.IntegerField(help_text="Symbols that are not live.")
    wrong_clocks = WrongClock(many=True)
    rollups_waiting = s.IntegerField()


class Reader(Shape):
    """A strategy process as a reader of the market."""

    instance = s.CharField()
    state = s.ChoiceField(PROCESS_STATES)
    partition = s.CharField(help_text="Which share of the symbols, i/n.")
    strategies = s.ListField(child=s.CharField())
    connected = s.BooleanField(help_text="To NATS.")
    nats_away_since = s.DateTimeField(allow_null=True)
    started_at = s.DateTimeField()
    restarts = s.IntegerField(help_text=RESTARTS)
    reported_at = s.DateTimeField()
    last_message_at = s.DateTimeField(allow_null=True)
    rate_per_second = s.FloatField()
    messages = s.IntegerField()
    refused = s.DictField(child=s.IntegerField(), help_text="By reason.")
    ignored = s.DictField(child=s.IntegerField(), help_text="By kind.")
    slow_consumer_drops = s.IntegerField()
    withdrawals = s.IntegerField()
    not_live = NotLiveSerializer(many=True)
    not_live_count = s.IntegerField()
    wrong_clocks = WrongClock(many=True)


class Feeds(Shape):
    timestamp = s.DateTimeField()
    feeds = Feed(many=True)
    strategies = Reader(many=True)
    not_live = NotLiveSerializer(
        many=True, help_text="What feeds that are heard cannot show live, the first of each feed."
    )


DEPTH_EXAMPLE = OpenApiExample(
    "Bids 100 x 1, 99.5 x 2, 99 x 1.5; asks 100.5 x 0.5, 101 x 1, 101.5 x 0.8",
    response_only=True,
    status_codes=["200"],
    value={
        "symbol": "BTCUSDT",
        "timestamp": "2026-11-23T14:44:32.674Z",
        "event_time": None,
        "state": "live",
        "reason": None,
        "age_ms": 41,
        "halted": False,
        "levels_used": 20,
        "imbalance": {"ratio": 0.3235, "percent": 32.35, "bid_volume": 4.5, "ask_volume": 2.3},
        "pressure": {
            "buy_pressure": 66.18, "sell_pressure": 33.82, "net_pressure": 32.35, "interpretation": "bullish",
        },
        "liquidity": {
            "total": 6.8, "bid_depth_5": 4.5, "ask_depth_5": 2.3, "bid_depth_10": 4.5, "ask_depth_10": 2.3,
            "bid_notional": 447.5, "ask_notional": 232.45,
        },
        "spread": {
            "best_bid": 100.0, "best_ask": 100.5, "spread_abs": 0.5, "spread_bps": 49.8753,
            "mid_price": 100.25, "microprice": 100.333333333,
        },
        "vwap": {"bid": 99.4444444444, "ask": 101.065217391, "spread": 1.62077294686},
        "order_book_quality": {"bid_levels": 3, "ask_levels": 3, "total_levels": 6},
        "strongest_levels": {"bid": {"price": 99.5, "volume": 2.0}, "ask": {"price": 101.0, "volume": 1.0}},
    },
)  # fmt: skip

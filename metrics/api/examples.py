"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

DEPTH_EXAMPLE = OpenApiExample(
    "Bids 100 x 1, 99.5 x 2, 99 x 1.5; asks 100.5 x 0.5, 101 x 1, 101.5 x 0.8",
    response_only=True,
    status_codes=["200"],
    value={
        "symbol": "BTCUSDT",
        "venue": "binance",
        "form": "spot",
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

LIQUIDITY_EXAMPLE = OpenApiExample(
    "?sizes=200,300&bands=50,200 of that book, before bids 100 x 0.4, 99.5 x 1, asks 101 x 1.6; 2 were sold at 99.95",
    response_only=True,
    status_codes=["200"],
    value={
        "symbol": "BTCUSDT",
        "venue": "binance",
        "form": "spot",
        "timestamp": "2026-11-23T14:44:32.674Z",
        "event_time": None,
        "state": "live",
        "reason": None,
        "age_ms": 41,
        "halted": False,
        "quote_asset": "USDT",
        "known_at": "2023-11-14T22:14:00.000Z",
        "mid_price": 100.25,
        "usd_per_quote": 1.0,
        "known_to_bps": {"bid": 124.6883, "ask": 124.6883},
        "bands": [
            {
                "bps": 50.0,
                "bid": {"quantity": 1.0, "notional": 100.0, "usd": 100.0},
                "ask": {"quantity": 0.5, "notional": 50.25, "usd": 50.25},
                "imbalance": 0.3333,
            },
            {"bps": 200.0, "bid": None, "ask": None, "imbalance": None},
        ],
        "costs": [
            {
                "size_usd": 200.0,
                "notional": 200.0,
                "buy": {
                    "average_price": 100.995024876, "worst_price": 101.5, "bps": 74.3167, "bps_of_best": 49.2562,
                },
                "sell": {
                    "average_price": 99.7493734336, "worst_price": 99.5, "bps": 49.9378, "bps_of_best": 25.0627,
                },
            },
            {
                "size_usd": 300.0,
                "notional": 300.0,
                "buy": None,
                "sell": {
                    "average_price": 99.6644295302, "worst_price": 99.0, "bps": 58.411, "bps_of_best": 33.557,
                },
            },
        ],
        "flow": [
            {"seconds": seconds, "ofi": 0.6, "ofi_5": 2.2, "normalised": 1.0} for seconds in (1, 10, 60)
        ],
        "trades": [
            {
                "seconds": seconds, "count": 1, "bought": 0.0, "sold": 199.9, "imbalance": -1.0, "vwap": 99.95,
                "effective_spread_bps": 59.8504, "realised_spread_bps": None, "impact_bps": None,
            }
            for seconds in (1, 10, 60)
        ],
        "resilience": {"shocks": 0, "median_seconds": None},
    },
)  # fmt: skip

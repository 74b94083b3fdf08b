"""Every page of the product, by the addresses at which it is looked at; and what answers something else than a page.

`tests/realtime/test_pages.py` holds the two against the addresses there are: a new one is in one of them, or fails.
"""

from collections.abc import Mapping

STRATEGY, SYMBOL = "trade_momentum", "XRPUSDT"
GLOBAL = f"/admin/strategies/{STRATEGY}/global/"
LEVEL = f"/admin/strategies/{STRATEGY}/symbols/{SYMBOL}/"

LIVE = ("/?q=BT", "/symbols/BTCUSDT/", "/compare/?m=BTCUSDT&m=ETHUSDT")
"""What moves while it is looked at."""
API = "/docs"
SIGNALS = "/signals/?symbol={traded}"
LOGGED_OUT = "/admin/logout/"

OUTSIDE = (
    "/signals/?symbol=NOPEUSDT",
    "/signals/?symbol=NOPEUSDT&version=7",
    "/symbols/NOPE/",
    "/symbols/BTCUSDT/liquidity/",
    "/symbols/BTCUSDT/day/",
    "/nowhere",
    "/find?q=btc",
    "/admin/login/",
    "/admin/welcome/{welcome}/",
    "/admin/welcome/MQ/wrong/",
)
"""What strangers meet. Names in braces are places that come to be while the product runs."""

INSIDE = (
    "/admin/",
    "/admin/strategies/",
    f"/admin/strategies/{STRATEGY}/",
    "/admin/strategies/nope/",
    "/admin/strategies/cross_exchange_spread/global/",
    GLOBAL,
    f"{GLOBAL}remove/",
    LEVEL,
    f"{LEVEL}copy/?symbols=BTCUSDT",
    f"{LEVEL}remove/",
    f"/admin/strategies/{STRATEGY}/symbols/{SYMBOL}TT/",
    "/admin/halt/",
    f"/admin/resume/?strategy={STRATEGY}&symbol={SYMBOL}",
    "/admin/alerts/",
    "/admin/alerts/history/",
    "/admin/alerts/rules/",
    "/admin/alerts/silences/new/?symbol=BTCUSDT",
    "/admin/alerts/rules/new/",
    "/admin/alerts/rules/1/",
    "/admin/alerts/rules/1/delete/",
    "/admin/alerts/channels/",
    "/admin/alerts/channels/new/",
    "/admin/alerts/channels/{channel}/",
    "/admin/alerts/channels/{channel}/delete/",
    "/admin/history/",
    "/admin/history/{change}/",
    "/admin/history/{change}/revert/",
    "/admin/history/batches/{batch}/revert/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    "/admin/auth/",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
    "/admin/auth/user/1/change/",
    "/admin/auth/user/1/password/",
    "/admin/auth/user/1/link/",
    "/admin/auth/user/1/delete/",
    "/admin/auth/user/1/history/",
    "/admin/auth/group/",
    "/admin/auth/group/add/",
    "/admin/auth/group/1/change/",
    "/admin/auth/group/1/delete/",
    "/admin/auth/group/1/history/",
    "/admin/knox/authtoken/",
    "/admin/knox/authtoken/add/",
    "/admin/knox/authtoken/{token}/change/",
    "/admin/knox/authtoken/{token}/delete/",
    "/admin/knox/authtoken/{token}/history/",
    "/admin/login/passwordcount/",
    "/admin/login/passwordcount/add/",  # which nobody may: 403 inside
    "/admin/login/passwordcount/1/change/",
    "/admin/login/passwordcount/1/delete/",
    "/admin/login/passwordcount/1/history/",
    "/admin/nowhere/",
)
"""What a risk manager meets who may do everything."""

NO_PAGES: Mapping[str, tuple[str, ...]] = {
    "leads elsewhere": (
        "admin",
        "alerts",
        "favicon.ico",
        "redoc",
        "symbols",
        "symbols/",
        "admin/strategies/<str:strategy_id>/override/",
        "admin/alerts/<int:alert_id>/acknowledge/",
        "admin/alerts/silences/<int:silence_id>/end/",
        "admin/alerts/channels/<int:channel_id>/test/",
        "admin/auth/group/<path:object_id>/",
        "admin/auth/user/<path:object_id>/",
        "admin/knox/authtoken/<path:object_id>/",
        "admin/login/passwordcount/<path:object_id>/",
        "admin/r/<path:content_type_id>/<path:object_id>/",
    ),
    "is the page that has a stroke at the end": ("signals", "symbols/<str:name>"),
    "is for programs": ("^api(?:/|$)", "openapi.json", "healthz", "ready", "info", "metrics"),
    "is a file": ("admin/history/export.csv", "admin/jsi18n/"),
    "is a part of pages": ("halted", "admin/autocomplete/", "admin/search/"),
}
"""Routes, as they are written, by what they answer; all below `api/` is for programs."""

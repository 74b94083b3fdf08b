"""What unfold is told about the admin: its names, its colours and its menu."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

from configuration.permissions import VIEW


def _page(title: str, icon: str, name: str, permission: str) -> dict[str, Any]:
    """An entry of the menu, for those who have the permission."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(name),
        "permission": lambda request: request.user.has_perm(permission),
    }


def _asset(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


# The greys and the blue of the public pages (static/realtime/css/base.css), in unfold's steps.
COLOURS = {
    "base": {
        "50": "#f6f8fa",
        "100": "#eef2f6",
        "200": "#e0e5eb",
        "300": "#c2ccd6",
        "400": "#8f9dab",
        "500": "#5f6e7d",
        "600": "#465564",
        "700": "#36424f",
        "800": "#1f2932",
        "900": "#121920",
        "950": "#0b1015",
    },
    "primary": {
        "50": "#eff5ff",
        "100": "#dbe8fe",
        "200": "#bfd6fd",
        "300": "#a3c5ff",
        "400": "#94bcff",
        "500": "#86b4ff",
        "600": "#1f57b8",
        "700": "#1b4b9f",
        "800": "#183f84",
        "900": "#163569",
        "950": "#0f2246",
    },
}

NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {"title": "Home", "icon": "space_dashboard", "link": reverse_lazy("admin:index")},
            _page("Strategies", "tune", "tuning:strategies", VIEW),
            _page("History", "history", "tuning:history", VIEW),
            {
                "title": "Market pages",
                "icon": "candlestick_chart",
                "link": reverse_lazy("metrics:overview"),
                "active": lambda request: False,
            },
        ],
    },
    {
        "title": "Access",
        "separator": True,
        "items": [
            _page("Users", "person", "admin:auth_user_changelist", "auth.view_user"),
            _page("Groups", "group", "admin:auth_group_changelist", "auth.view_group"),
            {"title": "API tokens", "icon": "key", "link": reverse_lazy("admin:knox_authtoken_changelist")},
            _page(
                "Refused log-ins",
                "gpp_maybe",
                "admin:login_passwordcount_changelist",
                "login.view_passwordcount",
            ),
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Realtime Strategies",
    "SITE_HEADER": "Realtime Strategies",
    "SITE_SUBHEADER": "Configuration",
    "SITE_URL": reverse_lazy("metrics:overview"),
    "SITE_ICON": _asset("realtime/favicon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _asset("realtime/favicon.svg")}],
    "SHOW_BACK_BUTTON": False,
    "COLORS": COLOURS,
    "BORDER_RADIUS": "7px",
    "STYLES": [_asset("realtime/css/admin.css")],
    "SCRIPTS": [_asset("realtime/js/icons.js")],
    "LOGIN": {"image": _asset("realtime/img/ladder.svg")},
    "SIDEBAR": {"navigation": NAVIGATION},
    "DASHBOARD_CALLBACK": "realtime.admin_home.show",
}

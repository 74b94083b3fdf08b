"""The places of the product, stated once: what the header of every page shows, and what the search finds."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from configuration.permissions import CHANGE_RULES, HALT, RESUME, VIEW, VIEW_ALERTS

MARKET = ""
"""In place of a permission: open to everybody, unless the metrics need a log-in."""
STAFF = "staff"
"""In place of a permission: everybody the admin lets in."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page. `needs`: the permission to see it. `below`: what may follow its address on the pages it stands for, too;
    empty where it stands for itself alone. `words`: what else it is searched for by."""

    title: str
    name: str
    needs: str = MARKET
    below: tuple[str, ...] = ("",)
    words: str = ""

    @property
    def link(self) -> str:
        return reverse(self.name)

    def is_at(self, path: str) -> bool:
        return path == self.link or path.startswith(tuple(self.link + each for each in self.below))


MARKETS = Place(
    "Markets", "metrics:overview", below=("symbols/", "compare/"), words="overview symbols books pressure"
)
COMPARISON = Place("Compare markets", "metrics:compare", words="side by side versus venues")
STRATEGIES = Place("Strategies", "tuning:strategies", VIEW, words="configuration parameters overrides")
ALERTS = Place(
    "Alerts", "alerts:alerts", VIEW_ALERTS, words="firing acknowledge bell toast sound notification"
)
WAYS = (
    MARKETS,
    Place("Signals", "strategies:signals", words="decisions"),
    ALERTS,
    Place("Home", "admin:index", STAFF, below=(), words="admin dashboard system health"),
    STRATEGIES,
    Place("History", "tuning:history", VIEW, words="changes revert undo csv"),
    Place("API", "docs", words="documentation openapi swagger rest websocket"),
)
RULES = Place("Alert rules", "alerts:rules", VIEW_ALERTS, words="thresholds conditions watch")
CHANNELS = Place(
    "Channels of alerts", "alerts:channels", VIEW_ALERTS, words="webhook e-mail chat slack notify told"
)
NEW_RULE = Place("New alert rule", "alerts:new-rule", CHANGE_RULES, words="threshold condition watch add")
ACCESS = (
    Place(
        "People", "admin:auth_user_changelist", "auth.view_user", words="users accounts invite invitation new"
    ),
    Place("Roles", "admin:auth_group_changelist", "auth.view_group", words="groups permissions rights"),
    Place("API tokens", "admin:knox_authtoken_changelist", STAFF, words="service accounts bots"),
    Place(
        "Refused log-ins",
        "admin:login_passwordcount_changelist",
        "login.view_passwordcount",
        words="passwords locked",
    ),
)
HALTING = Place("Halt signals", "tuning:halt", HALT, below=(), words="stop emergency all strategies")
OWN_PASSWORD = Place("Change your password", "admin:password_change", STAFF, below=(), words="account")
RESUMING = Place("Resume signals", "tuning:resume", RESUME, below=(), words="go on")


def may_go(user: Any, place: Place) -> bool:
    """Would the page let this visitor in? Raises DatabaseError where only the database could decide, and is away."""
    if place.needs == MARKET:
        return place.name == "docs" or not settings.METRICS_REQUIRE_LOGIN or user.is_authenticated
    if not (user.is_active and user.is_staff):
        return False
    return place.needs == STAFF or user.has_perm(place.needs)

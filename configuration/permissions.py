"""The permissions by which pages, REST and WebSockets decide who may do what."""

from typing import Any

from django.db import Error as DatabaseError

from configuration.domain.effective import ConfigLevel

VIEW = "configuration.view_strategyconfig"
ADD = "configuration.add_strategyconfig"
CHANGE = "configuration.change_strategyconfig"
DELETE = "configuration.delete_strategyconfig"
HALT = "halts.halt_strategies"
RESUME = "halts.resume_strategies"
VIEW_ALERTS = "alerts.view_alert"
ACKNOWLEDGE = "alerts.acknowledge_alert"
CHANGE_RULES = "alerts.change_alertrule"
SILENCE = "alerts.add_silence"
CHANGE_CHANNELS = "alerts.change_channel"


def to_set(own: ConfigLevel | None) -> str:
    """What it takes to set a level: setting one that holds nothing yet is adding it."""
    return CHANGE if own else ADD


def may(user: Any, permission: str) -> bool:
    """For pages that everybody may see, and some may see more on.

    False while the database is away, which holds the sessions: what is public is shown all the same.
    """
    try:
        return bool(user.has_perm(permission))
    except DatabaseError:
        return False


def may_see_configuration(user: Any) -> bool:
    """May what people decided be shown?"""
    return may(user, VIEW)

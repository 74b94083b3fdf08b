"""Metrics, live streams, configuration, halts, signals and alerts of Realtime Strategies, from Python."""

from realtime_strategies_client.alerts import Alerts, Rule, Silence
from realtime_strategies_client.client import AsyncClient, Client
from realtime_strategies_client.configuration import Applied, Change, Config
from realtime_strategies_client.effects import Effect
from realtime_strategies_client.errors import (
    AlertResolved,
    BatchChanged,
    CannotBeJudged,
    ClientClosed,
    ClientError,
    Conflict,
    NotApplied,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Refused,
    RollbackFailed,
    RuleChanged,
    SilenceOver,
    StreamClosed,
    Throttled,
    Unavailable,
    UnknownSymbol,
    Unreachable,
    UnreadableAnswer,
    ValidationFailed,
)
from realtime_strategies_client.firing import Alert, Event, Firing
from realtime_strategies_client.halts import Halt, Outcome
from realtime_strategies_client.live import Book, Market
from realtime_strategies_client.signals import Signal, Signals
from realtime_strategies_client.what_if import Recorded, WhatIf

__all__ = [
    "Alert",
    "AlertResolved",
    "Alerts",
    "Applied",
    "AsyncClient",
    "BatchChanged",
    "Book",
    "CannotBeJudged",
    "Change",
    "Client",
    "ClientClosed",
    "ClientError",
    "Config",
    "Conflict",
    "Effect",
    "Event",
    "Firing",
    "Halt",
    "Market",
    "NotApplied",
    "NotAuthenticated",
    "NotFound",
    "Outcome",
    "PermissionDenied",
    "Recorded",
    "Refused",
    "RollbackFailed",
    "Rule",
    "RuleChanged",
    "Signal",
    "Signals",
    "Silence",
    "SilenceOver",
    "StreamClosed",
    "Throttled",
    "Unavailable",
    "UnknownSymbol",
    "Unreachable",
    "UnreadableAnswer",
    "ValidationFailed",
    "WhatIf",
]

"""Metrics, live streams, configuration, halts and signals of Realtime Strategies, from Python."""

from realtime_strategies_client.client import AsyncClient, Client
from realtime_strategies_client.configuration import Applied, Change, Config
from realtime_strategies_client.errors import (
    AlertResolved,
    BatchChanged,
    ClientClosed,
    ClientError,
    Conflict,
    NotApplied,
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    Refused,
    RollbackFailed,
    SilenceOver,
    StreamClosed,
    Throttled,
    Unavailable,
    UnknownSymbol,
    Unreachable,
    UnreadableAnswer,
    ValidationFailed,
)
from realtime_strategies_client.halts import Halt, Outcome
from realtime_strategies_client.live import Book, Market
from realtime_strategies_client.signals import Signal, Signals

__all__ = [
    "AlertResolved",
    "Applied",
    "AsyncClient",
    "BatchChanged",
    "Book",
    "Change",
    "Client",
    "ClientClosed",
    "ClientError",
    "Config",
    "Conflict",
    "Halt",
    "Market",
    "NotApplied",
    "NotAuthenticated",
    "NotFound",
    "Outcome",
    "PermissionDenied",
    "Refused",
    "RollbackFailed",
    "Signal",
    "Signals",
    "SilenceOver",
    "StreamClosed",
    "Throttled",
    "Unavailable",
    "UnknownSymbol",
    "Unreachable",
    "UnreadableAnswer",
    "ValidationFailed",
]

"""The hub of one web process for alerts: one look for all of its sockets.

Whoever writes alerts announces it on Redis, and they are looked at in the database, at once and every few seconds.
"""

from collections.abc import Callable
from time import monotonic

from django.conf import settings
from django.db import Error as DatabaseError
from redis.asyncio import Redis

from alerts.announcements import channel
from alerts.push.frames import FiringNow
from alerts.push.look import Look
from live.frames import error_frame
from live.state_hub import StateHub


class AlertsHub(StateHub[FiringNow]):
    """Looks in, frames out."""

    name = "alerts-hub"
    away = (DatabaseError, OSError)
    unknown = error_frame("STORE_UNAVAILABLE", "What fires is unknown; a snapshot follows when it is known.")
    look_seconds = 2.0

    def __init__(
        self,
        redis: Redis,
        read: Callable[[], FiringNow] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(redis, read or Look(), FiringNow(), clock)

    def _channels(self) -> tuple[str, ...]:
        return (channel(),)


_hub: AlertsHub | None = None


def get_hub() -> AlertsHub:
    """The hub of this process, started with its first socket."""
    global _hub
    if _hub is None or not _hub.is_running:
        redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=10)
        _hub = AlertsHub(redis)
        _hub.start()
    return _hub

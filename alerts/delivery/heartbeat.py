"""The dead man's switch: a URL that is called every minute while all is well, so that whoever hears nothing knows."""

import logging
from collections.abc import Awaitable, Callable

import httpx

from alerts.delivery.outcomes import Outcome, scrubbed
from alerts.delivery.webhooks import called
from messaging.outage import OutageLog

logger = logging.getLogger(__name__)

BEAT_SECONDS = 60.0


async def call(url: str) -> Outcome:
    """Call it once. It is a setting, and may lead anywhere; whole it is a secret."""
    outcome = await called("GET", httpx.URL(url), is_trusted=True)
    return Outcome(outcome.is_delivered, scrubbed(outcome.answer, url))


class Heartbeat:
    """Calls while `is_well`. That it is not heard is logged once, and once that it is heard again."""

    def __init__(
        self, url: str, is_well: Callable[[], bool], call: Callable[[str], Awaitable[Outcome]] = call
    ) -> None:
        self._url, self._is_well, self._call = url, is_well, call
        self._outage = OutageLog(logger, "heartbeat_unheard %s", "heartbeat_heard")

    async def beat(self) -> None:
        """Call, if all is well and there is anybody to be called."""
        if not (self._url and self._is_well()):
            return
        outcome = await self._call(self._url)
        if outcome.is_delivered:
            self._outage.is_over()
        else:
            self._outage.is_away(outcome.answer)

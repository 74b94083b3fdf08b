"""`/ws/alerts/`: one object per connected page; all the work is done by the hub."""

from alerts.push.hub import get_hub
from configuration.permissions import VIEW_ALERTS
from live.consumers import LiveConsumer


class AlertsConsumer(LiveConsumer):
    """What fires; for those who are logged in and may see alerts."""

    permission = VIEW_ALERTS

    async def join(self) -> None:
        await get_hub().join(self)

    async def disconnect(self, code: int) -> None:
        get_hub().leave(self)

    async def resync(self) -> None:
        await get_hub().resync(self)

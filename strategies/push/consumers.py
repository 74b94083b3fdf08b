"""`/ws/configuration/`: one object per connected admin page; all the work is done by the hub."""

from configuration.permissions import VIEW
from live.consumers import LiveConsumer
from strategies.push.hub import get_hub


class ConfigurationConsumer(LiveConsumer):
    """Changes, receipts and states; for those who are logged in and may see configuration."""

    permission = VIEW

    async def join(self) -> None:
        await get_hub().join(self)

    async def disconnect(self, code: int) -> None:
        get_hub().leave(self)

    async def resync(self) -> None:
        await get_hub().resync(self)

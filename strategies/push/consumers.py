"""`/ws/configuration/`: one object per connected admin page; all the work is done by the hub."""

from channels.db import database_sync_to_async

from metrics.pages.rights import MAY_SEE_CONFIGURATION
from metrics.push.consumers import MarketConsumer
from strategies.push.hub import get_hub


class ConfigurationConsumer(MarketConsumer):
    """Changes, receipts and states; for those who are logged in and may see configuration."""

    async def connect(self) -> None:
        user = self.scope.get("user")
        if not (
            user
            and user.is_authenticated
            and await database_sync_to_async(user.has_perm)(MAY_SEE_CONFIGURATION)
        ):
            await self.close()
            return
        await self.accept()
        await self.join()

    async def join(self) -> None:
        await get_hub().join(self)

    async def disconnect(self, code: int) -> None:
        get_hub().leave(self)

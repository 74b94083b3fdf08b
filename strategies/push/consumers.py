"""`/ws/configuration/`: one object per connected admin page; all the work is done by the hub."""

from http import HTTPStatus
from typing import Any

from channels.db import database_sync_to_async

from configuration.permissions import VIEW
from configuration.reading import STORE_AWAY
from live.consumers import LiveConsumer
from strategies.push.hub import get_hub


class ConfigurationConsumer(LiveConsumer):
    """Changes, receipts and states; for those who are logged in and may see configuration."""

    async def refusal(self, user: Any) -> HTTPStatus | None:
        if status := await super().refusal(user):
            return status
        try:
            may_see = await database_sync_to_async(user.has_perm)(VIEW)
        except STORE_AWAY:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return None if may_see else HTTPStatus.FORBIDDEN

    async def join(self) -> None:
        await get_hub().join(self)

    async def disconnect(self, code: int) -> None:
        get_hub().leave(self)

    async def resync(self) -> None:
        await get_hub().resync(self)
